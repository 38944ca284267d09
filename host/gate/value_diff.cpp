// SPDX-License-Identifier: Apache-2.0
#include "host/gate/value_diff.h"

#include <algorithm>

#include "host/core/text.h"

namespace runbook {
namespace {

constexpr std::size_t kShown = 120;

std::string show(const Value& value) {
  const std::string text = to_json(value);
  return text.size() <= kShown ? text : cat(printable(std::string_view(text).substr(0, kShown)), "...");
}

void compare(const std::string& path, const Value& expected, const Value& actual, std::vector<std::string>& out) {
  if (expected.is_object() && actual.is_object()) {
    const auto inside = [&](const std::string& key) { return path.empty() ? key : cat(path, ".", key); };
    for (const auto& [key, member] : expected.members()) {
      if (actual.has(key)) {
        compare(inside(key), member, actual[key], out);
      } else {
        out.push_back(cat(inside(key), ": ", show(member), " is gone"));
      }
    }
    for (const auto& [key, member] : actual.members()) {
      if (!expected.has(key)) out.push_back(cat(inside(key), ": ", show(member), " is new"));
    }
  } else if (expected.is_array() && actual.is_array()) {
    const auto &before = expected.items(), &after = actual.items();
    for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
      const std::string place = cat(path, "[", i + 1, "]");
      if (i >= after.size()) {
        out.push_back(cat(place, ": ", show(before[i]), " is gone"));
      } else if (i >= before.size()) {
        out.push_back(cat(place, ": ", show(after[i]), " is new"));
      } else {
        compare(place, before[i], after[i], out);
      }
    }
  } else if (to_json(expected) != to_json(actual)) {
    out.push_back(cat(path.empty() ? "" : cat(path, ": "), show(expected), " became ", show(actual)));
  }
}

}  // namespace

std::vector<std::string> value_differences(const Value& expected, const Value& actual) {
  std::vector<std::string> out;
  compare("", expected, actual, out);
  return out;
}

}  // namespace runbook

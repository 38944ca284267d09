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

// Of two long texts, the places where they begin to differ.
std::string differing(const std::string& before, const std::string& after) {
  const auto from = std::mismatch(before.begin(), before.end(), after.begin(), after.end()).first - before.begin();
  const auto line = 1 + std::count(before.begin(), before.begin() + from, '\n');
  const auto start = from == 0 ? std::string::npos : before.rfind('\n', static_cast<std::size_t>(from) - 1);
  const std::size_t begin = std::max(start == std::string::npos ? 0 : start + 1, static_cast<std::size_t>(from) > 40 ? static_cast<std::size_t>(from) - 40 : 0);
  const auto piece = [&](const std::string& text) {
    return cat("\"", printable(std::string_view(text).substr(begin, std::min(kShown, text.find('\n', begin) - begin))), "\"");
  };
  return cat("line ", line, ": ", piece(before), " became ", piece(after));
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
    const bool long_texts = expected.is_string() && actual.is_string() && std::min(expected.as_string().size(), actual.as_string().size()) > kShown;
    out.push_back(cat(path.empty() ? "" : cat(path, ": "), long_texts ? differing(expected.as_string(), actual.as_string()) : cat(show(expected), " became ", show(actual))));
  }
}

}  // namespace

std::vector<std::string> value_differences(const Value& expected, const Value& actual) {
  std::vector<std::string> out;
  compare("", expected, actual, out);
  return out;
}

}  // namespace runbook

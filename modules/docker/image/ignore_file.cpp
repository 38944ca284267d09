// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/image/ignore_file.h"

#include "host/core/text.h"

namespace runbook::docker {

namespace {

// One character of a pattern against one of a name; moves `pattern` on. A broken set fits nothing.
bool character_fits(std::string_view& pattern, char c) {
  if (pattern.front() == '?') {
    pattern.remove_prefix(1);
    return true;
  }
  if (pattern.front() != '[') {
    if (pattern.front() == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
    const bool fits = pattern.front() == c;
    pattern.remove_prefix(1);
    return fits;
  }
  std::size_t at = 1;
  const bool inverted = at < pattern.size() && (pattern[at] == '^' || pattern[at] == '!');
  if (inverted) ++at;
  bool found = false;
  bool first = true;
  while (at < pattern.size() && (pattern[at] != ']' || first)) {
    first = false;
    const char low = pattern[at++];
    char high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      high = pattern[at + 1];
      at += 2;
    }
    found = found || (low <= c && c <= high);
  }
  if (at >= pattern.size()) return false;
  pattern.remove_prefix(at + 1);
  return found != inverted;
}

bool path_fits(const std::vector<std::string>& pattern, std::size_t from, const std::vector<std::string>& path,
               std::size_t at, std::size_t count) {
  while (from < pattern.size()) {
    if (pattern[from] == "**") {
      // One trailing "**" is all there is below; runs of them say the same as one.
      while (from + 1 < pattern.size() && pattern[from + 1] == "**") ++from;
      if (from + 1 == pattern.size()) return at < count;
      for (std::size_t skip = at; skip <= count; ++skip) {
        if (path_fits(pattern, from + 1, path, skip, count)) return true;
      }
      return false;
    }
    if (at == count || !name_fits(pattern[from], path[at])) return false;
    ++from;
    ++at;
  }
  return at == count;
}

}  // namespace

bool name_fits(std::string_view pattern, std::string_view name) {
  // The last star is the only one that ever needs to take more, so this is never worse than |pattern| * |name|.
  std::string_view star_pattern;
  std::string_view star_name;
  bool star = false;
  for (;;) {
    if (!pattern.empty() && pattern.front() == '*') {
      while (!pattern.empty() && pattern.front() == '*') pattern.remove_prefix(1);
      star = true;
      star_pattern = pattern;
      star_name = name;
      continue;
    }
    if (name.empty()) return pattern.empty();
    if (!pattern.empty() && character_fits(pattern, name.front())) {
      name.remove_prefix(1);
      continue;
    }
    if (!star || star_name.empty()) return false;
    star_name.remove_prefix(1);
    pattern = star_pattern;
    name = star_name;
  }
}

IgnoreFile::IgnoreFile(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.substr(0, 3) == kByteOrderMark) text.remove_prefix(3);
  for (const std::string& raw : split(text, '\n')) {
    if (!raw.empty() && raw.front() == '#') continue;
    std::string_view line = trim(raw);
    Rule rule;
    if (!line.empty() && line.front() == '!') {
      rule.keep = true;
      line = trim(line.substr(1));
    }
    for (const std::string& name : split(line, '/')) {
      if (name.empty() || name == ".") continue;
      if (name == "..") {
        if (!rule.names.empty()) rule.names.pop_back();
      } else {
        rule.names.push_back(name);
      }
    }
    if (rule.names.empty()) continue;
    has_exceptions_ = has_exceptions_ || rule.keep;
    rules_.push_back(std::move(rule));
  }
}

bool IgnoreFile::ignores(const std::string& path) const {
  const auto names = split(path, '/');
  bool ignored = false;
  for (const Rule& rule : rules_) {
    if (ignored != rule.keep) continue;
    for (std::size_t count = 1; count <= names.size(); ++count) {
      if (!path_fits(rule.names, 0, names, 0, count)) continue;
      ignored = !rule.keep;
      break;
    }
  }
  return ignored;
}

}  // namespace runbook::docker

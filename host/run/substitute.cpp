// SPDX-License-Identifier: Apache-2.0
#include "host/run/substitute.h"

#include <cctype>
#include <functional>

#include "host/run/problems.h"

namespace runbook {
namespace {

// Length of "{name}" at the start of `text`, or 0.
std::size_t reference_length(std::string_view text) {
  if (text.empty() || text.front() != '{') return 0;
  std::size_t length = 1;
  while (length < text.size() && (std::isalnum(static_cast<unsigned char>(text[length])) || text[length] == '_')) ++length;
  const bool named = length > 1 && !std::isdigit(static_cast<unsigned char>(text[1]));
  return named && length < text.size() && text[length] == '}' ? length + 1 : 0;
}

}  // namespace

std::vector<std::string> references(std::string_view text) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = reference_length(text.substr(i));
    if (length) names.emplace_back(text.substr(i + 1, length - 2));
    i += length ? length : 1;
  }
  return names;
}

Result<std::string> substitute(std::string_view text, const Value& params) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = reference_length(text.substr(i));
    if (length == 0) {
      out += text[i++];
      continue;
    }
    const std::string_view name = text.substr(i + 1, length - 2);
    const Value& value = params[name];
    if (value.is_null()) {
      std::vector<std::string> names;
      for (const auto& [key, unused] : params.members()) names.push_back(key);
      return Error("parameter.invalid", cat("'", text, "' needs the parameter '", name, "', which has no value", suggestion(name, names)));
    }
    if (value.is_string()) out += value.as_string();
    else if (value.is_number() || value.is_boolean()) out += to_json(value);
    else return Error("parameter.invalid", cat("'", text, "' cannot hold '", name, "': it is no plain text or number"));
    i += length;
  }
  return out;
}

}  // namespace runbook

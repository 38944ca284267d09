// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "host/core/redactor.h"
#include "host/run/param.h"

namespace runbook {
namespace {

constexpr double kLargestExact = 9007199254740992.0;  // integers beyond this have no exact double

Error expected(std::string_view what, const Value& given) {
  std::string shown = given.is_string() ? cat("'", given.as_string(), "'") : to_json(given);
  if (shown.size() > 60) shown = cat(shown.substr(0, 57), "...");
  return Error("parameter.invalid", cat("expected ", what, ", got ", printable(shown)));
}

Value number_value(double number) {
  if (std::floor(number) == number && std::fabs(number) <= kLargestExact) return Value(static_cast<std::int64_t>(number));
  return Value(number);
}

Result<Value> to_integer(const Value& given) {
  if (given.is_integer()) return given;
  if (given.is_number()) {
    const double number = given.as_number();
    if (std::floor(number) == number && std::fabs(number) <= kLargestExact) return number_value(number);
  }
  if (given.is_string()) {
    const std::string& text = given.as_string();
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + (text.starts_with('+') ? 1 : 0), end, number);
    if (parsed.ec == std::errc() && parsed.ptr == end) return Value(number);
  }
  return expected("an integer", given);
}

Result<Value> to_number(const Value& given) {
  if (given.is_number() && std::isfinite(given.as_number())) return given;
  if (given.is_string()) {
    const std::string& text = given.as_string();
    double number = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec == std::errc() && parsed.ptr == end && std::isfinite(number)) return number_value(number);
  }
  return expected("a number", given);
}

Result<Value> to_boolean(const Value& given) {
  if (given.is_boolean()) return given;
  const std::string& text = given.as_string();
  if (text == "true" || text == "yes" || text == "on") return Value(true);
  if (text == "false" || text == "no" || text == "off") return Value(false);
  return expected("true or false", given);
}

// Durations and sizes: a plain number, or text with a unit.
Result<Value> to_quantity(const Value& given, double (*parse)(std::string_view), std::string_view what) {
  double amount = -1;
  if (given.is_number()) amount = given.as_number();
  if (given.is_string()) amount = parse(given.as_string());
  if (!(amount >= 0) || amount > kLargestExact) return expected(what, given);
  return number_value(amount);
}

Result<Value> to_text(const Value& given) {
  if (!given.is_string() && !given.is_secret()) return expected("a text", given);
  if (given.reveal().find('\0') != std::string::npos) return Error("parameter.invalid", "must not contain a NUL byte");
  return given;
}

bool port_number(std::string_view text) {
  int port = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), port);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && port >= 1 && port <= 65535;
}

// [user@]name[:port], [user@]address[:port], [user@][v6 address][:port], or a bare v6 address.
bool host_name(std::string_view text) {
  const auto all = [](std::string_view part, std::string_view others) {
    return !part.empty() && std::all_of(part.begin(), part.end(), [&](unsigned char c) {
      return std::isalnum(c) || others.find(static_cast<char>(c)) != std::string_view::npos;
    });
  };
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    if (!all(text.substr(0, at), "._-") || text.front() == '-') return false;
    text.remove_prefix(at + 1);
  }
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos || !all(text.substr(1, end - 1), ":.%")) return false;
    const std::string_view rest = text.substr(end + 1);
    return rest.empty() || (rest.front() == ':' && port_number(rest.substr(1)));
  }
  const auto colons = std::count(text.begin(), text.end(), ':');
  if (colons > 1) return all(text, ":.%");
  if (colons == 1) {
    const auto colon = text.find(':');
    if (!port_number(text.substr(colon + 1))) return false;
    text = text.substr(0, colon);
  }
  return all(text, "._-") && text.front() != '-' && text.front() != '.' && text.size() <= 253;
}

Result<Value> to_path(const Value& given) {
  if (!given.is_string() || given.as_string().empty()) return expected("a path", given);
  return to_text(given);
}

Result<Value> to_host(const Value& given) {
  if (!given.is_string() || !host_name(given.as_string())) return expected("a host such as node2 or deploy@node2:22", given);
  return given;
}

Result<Value> to_scalar(ParamType type, const Value& given) {
  switch (type) {
    case ParamType::kInt: return to_integer(given);
    case ParamType::kNumber: return to_number(given);
    case ParamType::kBool: return to_boolean(given);
    case ParamType::kDuration: return to_quantity(given, parse_duration, "a duration such as 90s or 5m");
    case ParamType::kSize: return to_quantity(given, parse_size, "a size such as 512k or 10MiB");
    case ParamType::kPath: return to_path(given);
    case ParamType::kHost: return to_host(given);
    case ParamType::kJson: return given;
    default: return to_text(given);
  }
}

std::string show_bound(const Param& param, double bound) {
  if (param.type == ParamType::kDuration) return show_duration(bound);
  return to_json(number_value(bound));
}

Status check_range(const Param& param, double amount, std::string_view unit) {
  if (param.min && amount < *param.min) {
    return Error("parameter.invalid", cat("must be at least ", show_bound(param, *param.min), unit));
  }
  if (param.max && amount > *param.max) {
    return Error("parameter.invalid", cat("must be at most ", show_bound(param, *param.max), unit));
  }
  return Unit{};
}

// What holds for a text, or for each item of a list or map.
Status check_text(const Param& param, const Value& value, const MatchPattern& match) {
  if (!value.is_string() && !value.is_secret()) return Unit{};
  const std::string& text = value.reveal();
  if (!param.choices.empty() && std::find(param.choices.begin(), param.choices.end(), text) == param.choices.end()) {
    return Error("parameter.invalid", cat("expected one of ", join(param.choices, ", "), ", got '", printable(text), "'",
                                          suggestion(text, param.choices)));
  }
  if (!param.pattern.empty() && match) {
    auto matches = match(text, param.pattern);
    if (!matches) return std::move(matches).error();
    if (!*matches) {
      const std::string shown = value.is_secret() ? "the value" : cat("'", printable(text), "'");
      return Error("parameter.invalid", cat(shown, " does not match the pattern ", param.pattern));
    }
  }
  return Unit{};
}

Result<Value> to_list(const Param& param, const Value& given, const MatchPattern& match) {
  if (!given.is_array() && !(given.is_object() && given.members().empty())) return expected("a list", given);
  Value list{Value::Array{}};
  for (const Value& item : given.items()) {
    auto value = to_scalar(param.of, item);
    if (value) {
      if (auto checked = check_text(param, *value, match); !checked) value = std::move(checked).error();
    }
    if (!value) return Error("parameter.invalid", cat("item ", list.items().size() + 1, ": ", value.error().message));
    list.push(std::move(value).value());
  }
  RUNBOOK_TRY(check_range(param, static_cast<double>(list.items().size()), " items"));
  return list;
}

Result<Value> to_map(const Param& param, const Value& given, const MatchPattern& match) {
  if (!given.is_object() && !(given.is_array() && given.items().empty())) return expected("key=value", given);
  Value map{Value::Object{}};
  for (const auto& [key, item] : given.members()) {
    auto value = to_scalar(param.of, item);
    if (value) {
      if (auto checked = check_text(param, *value, match); !checked) value = std::move(checked).error();
    }
    if (!value) return Error("parameter.invalid", cat("'", printable(key), "': ", value.error().message));
    map.set(key, std::move(value).value());
  }
  RUNBOOK_TRY(check_range(param, static_cast<double>(map.members().size()), " entries"));
  return map;
}

}  // namespace

Result<Value> param_value(const Param& param, const Value& given, const MatchPattern& match) {
  // A recording's placeholder: what the secret was did match.
  if (param.secret && given.is_secret() && given.reveal() == Redactor::kMark) return given;
  if (param.type == ParamType::kList) return to_list(param, given, match);
  if (param.type == ParamType::kMap) return to_map(param, given, match);
  auto value = to_scalar(param.type, given);
  if (!value) return value;
  if (param.secret && value->is_string()) value = Value(Value::Secret{value->as_string(), param.name});
  RUNBOOK_TRY(check_text(param, *value, match));
  if (value->is_number()) RUNBOOK_TRY(check_range(param, value->as_number(), param.type == ParamType::kSize ? " bytes" : ""));
  if (param.type == ParamType::kString) {
    RUNBOOK_TRY(check_range(param, static_cast<double>(value->reveal().size()), " characters"));
  }
  return value;
}

}  // namespace runbook

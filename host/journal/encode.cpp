// SPDX-License-Identifier: Apache-2.0
#include "host/journal/encode.h"

#include "host/core/error_value.h"

namespace runbook::journal {

namespace {

bool has_secret(const Value& value) {
  if (value.is_secret()) return true;
  for (const Value& item : value.items()) {
    if (has_secret(item)) return true;
  }
  for (const auto& [key, member] : value.members()) {
    if (has_secret(member)) return true;
  }
  return false;
}

// The texts are redacted before they become JSON: an escape in JSON would hide a secret from the redactor.
Value redacted(const Value& value, const Redact& redact) {
  if (value.is_string()) return redact(value.as_string());
  if (value.is_array()) {
    Value::Array items;
    for (const Value& item : value.items()) items.push_back(redacted(item, redact));
    return items;
  }
  if (value.is_object()) {
    Value::Object members;
    for (const auto& [key, member] : value.members()) members.emplace(redact(key), redacted(member, redact));
    return members;
  }
  return value;
}

}  // namespace

Encoded encode(const Value& value, const Redact& redact) {
  if (value.is_null()) return {};
  const bool lossy = has_secret(value) || value.has_unknown();
  if (!redact) return {to_json(value), lossy};
  const Value clean = redacted(value, redact);
  return {to_json(clean), lossy || clean != value};
}

Value decode(const std::string& json) {
  if (json.empty()) return nullptr;
  auto value = from_json(json);
  return value ? std::move(*value) : Value();
}

std::string encode(const std::optional<Error>& error, const Redact& redact) {
  return error ? encode(error_to_value(*error), redact).json : std::string();
}

std::optional<Error> decode_error(const std::string& json) {
  if (json.empty()) return std::nullopt;
  return error_from_value(decode(json));
}

}  // namespace runbook::journal

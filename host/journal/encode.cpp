// SPDX-License-Identifier: Apache-2.0
#include "host/journal/encode.h"

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
Value redacted(const Value& value, const Redactor& redact) {
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

Value to_value(const Error& error) {
  Value out = Value::object({{"code", error.code}, {"message", error.message}});
  if (!error.hint.empty()) out.set("hint", error.hint);
  if (!error.where.empty()) out.set("where", error.where);
  if (error.retryable) out.set("retryable", true);
  for (const auto& [key, text] : error.context) {
    if (!out.has("context")) out.set("context", Value::Object{});
    out.mutable_members().find("context")->second.set(key, text);
  }
  if (error.cause) out.set("cause", to_value(*error.cause));
  return out;
}

Error to_error(const Value& value) {
  Error error(value["code"].as_string(), value["message"].as_string(), value["hint"].as_string());
  error.where = value["where"].as_string();
  error.retryable = value["retryable"].as_bool();
  for (const auto& [key, text] : value["context"].members()) error.context.emplace(key, text.as_string());
  if (value["cause"].is_object()) error.cause = std::make_shared<const Error>(to_error(value["cause"]));
  return error;
}

}  // namespace

Encoded encode(const Value& value, const Redactor& redact) {
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

std::string encode(const std::optional<Error>& error, const Redactor& redact) {
  return error ? encode(to_value(*error), redact).json : std::string();
}

std::optional<Error> decode_error(const std::string& json) {
  if (json.empty()) return std::nullopt;
  return to_error(decode(json));
}

}  // namespace runbook::journal

// SPDX-License-Identifier: Apache-2.0
#include "host/core/error_value.h"

namespace runbook {

Value error_to_value(const Error& error) {
  Value out = Value::object({{"code", error.code}, {"message", error.message}});
  if (!error.hint.empty()) out.set("hint", error.hint);
  if (error.retryable) out.set("retryable", true);
  if (!error.where.empty()) out.set("where", error.where);
  if (!error.context.empty()) {
    Value context = Value::Object{};
    for (const auto& [key, text] : error.context) context.set(key, text);
    out.set("context", std::move(context));
  }
  if (error.cause) out.set("cause", error_to_value(*error.cause));
  return out;
}

Error error_from_value(const Value& value) {
  Error error(value["code"].as_string(), value["message"].as_string(), value["hint"].as_string());
  error.retryable = value["retryable"].as_bool();
  error.where = value["where"].as_string();
  for (const auto& [key, text] : value["context"].members()) error.context[key] = text.as_string();
  if (value["cause"].is_object()) error.cause = std::make_shared<const Error>(error_from_value(value["cause"]));
  return error;
}

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
#include "host/gate/recording.h"

#include "host/core/text.h"

namespace runbook {

Value to_recording(const Value& value, const Redactor& redactor) {
  if (const auto* secret = value.secret()) return Value::object({{"$secret", redactor.redact(secret->name)}});
  if (const auto* unknown = value.unknown()) return Value::object({{"$unknown", redactor.redact(unknown->origin)}});
  if (value.is_array()) {
    Value list = Value::Array{};
    for (const Value& item : value.items()) list.push(to_recording(item, redactor));
    return list;
  }
  if (!value.is_object()) return redactor.redact_value(value);
  Value object = Value::Object{};
  for (const auto& [key, member] : value.members()) object.set(redactor.redact(key), to_recording(member, redactor));
  return object;
}

Value from_recording(const Value& value) {
  if (value.is_object() && value.members().size() == 1) {
    if (value["$secret"].is_string()) return Value::Secret{std::string(Redactor::kMark), value["$secret"].as_string()};
    if (value["$unknown"].is_string()) return Value::Unknown{value["$unknown"].as_string()};
  }
  if (value.is_array()) {
    Value list = Value::Array{};
    for (const Value& item : value.items()) list.push(from_recording(item));
    return list;
  }
  if (!value.is_object()) return value;
  Value object = Value::Object{};
  for (const auto& [key, member] : value.members()) object.set(key, from_recording(member));
  return object;
}

Result<std::vector<Value>> read_recording(std::string_view ndjson) {
  std::vector<Value> entries;
  std::size_t number = 0;
  for (const std::string& line : split(ndjson, '\n')) {
    ++number;
    if (trim(line).empty()) continue;
    auto entry = from_json(line);
    if (!entry) return Error("replay.invalid", cat("line ", number, " of the recording: ", entry.error().message));
    const bool answered = entry->has("result") || entry->has("error");
    if (!(*entry)["operation"].is_string() || !entry->has("args") || !answered) {
      return Error("replay.invalid", cat("line ", number, " of the recording has no operation, args and result"));
    }
    entries.push_back(std::move(*entry));
  }
  return entries;
}

}  // namespace runbook

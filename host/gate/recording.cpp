// SPDX-License-Identifier: Apache-2.0
#include "host/gate/recording.h"

#include <cstddef>

#include "host/core/encoding.h"
#include "host/core/text.h"

namespace runbook {
namespace {

// JSON has neither bytes nor our kinds: they are objects of one member with such a name.
constexpr const char* kSecret = "$secret";
constexpr const char* kUnknown = "$unknown";
constexpr const char* kBytes = "$base64";
constexpr const char* kPlain = "$object";  ///< an object of the script's own that looks like one of these

bool looks_like_a_mark(const Value& value) {
  if (value.members().size() != 1) return false;
  const std::string& key = value.members().begin()->first;
  return key == kSecret || key == kUnknown || key == kBytes || key == kPlain;
}

Value text_to_recording(const std::string& text, const Redactor& redactor) {
  std::string kept = redactor.redact(text);
  // What is no text is scrubbed as it is: encoded, a secret inside it would not be found again.
  if (invalid_utf8(kept) != std::string::npos) return Value::object({{kBytes, base64_encode(kept)}});
  return kept;
}

}  // namespace

Value to_recording(const Value& value, const Redactor& redactor) {
  if (const auto* secret = value.secret()) return Value::object({{kSecret, redactor.redact(secret->name)}});
  if (const auto* unknown = value.unknown()) return Value::object({{kUnknown, redactor.redact(unknown->origin)}});
  if (value.is_array()) {
    Value list = Value::Array{};
    for (const Value& item : value.items()) list.push(to_recording(item, redactor));
    return list;
  }
  if (value.is_string()) return text_to_recording(value.as_string(), redactor);
  if (!value.is_object()) return value;
  Value object = Value::Object{};
  for (const auto& [key, member] : value.members()) object.set(redactor.redact(key), to_recording(member, redactor));
  return looks_like_a_mark(value) ? Value::object({{kPlain, std::move(object)}}) : object;
}

std::string recorded_name(const EffectCall& call) { return cat(call.operation->name, call.reverting ? ".revert" : ""); }

Value from_recording(const Value& value) {
  if (value.is_object() && value.members().size() == 1) {
    if (value[kSecret].is_string()) return Value::Secret{std::string(Redactor::kMark), value[kSecret].as_string()};
    if (value[kUnknown].is_string()) return Value::Unknown{value[kUnknown].as_string()};
    if (value[kBytes].is_string()) {
      auto bytes = base64_decode(value[kBytes].as_string());
      if (bytes) return Value(std::move(*bytes));
    }
    if (value[kPlain].is_object()) {
      const auto& [key, member] = *value[kPlain].members().begin();
      return Value::object({{key, from_recording(member)}});
    }
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

Status check_recorded(const Value& entry, std::size_t line) {
  const bool answered = entry.has("result") || entry.has("error") || entry["cancelled"].as_bool();
  if (entry["operation"].is_string() && entry.has("args") && answered) return Unit{};
  return Error("replay.invalid", cat("line ", line, " of the recording has no operation, args and result"));
}

Result<std::vector<Value>> read_recording(std::string_view ndjson) {
  std::vector<Value> entries;
  std::size_t number = 0;
  for (const std::string& line : split(ndjson, '\n')) {
    ++number;
    if (trim(line).empty()) continue;
    auto entry = from_json(line);
    if (!entry) return Error("replay.invalid", cat("line ", number, " of the recording: ", entry.error().message));
    RUNBOOK_TRY(check_recorded(*entry, number));
    entries.push_back(std::move(*entry));
  }
  return entries;
}

}  // namespace runbook

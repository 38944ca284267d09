// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "host/core/text.h"
#include "runbook/module.h"

namespace runbook {
extern const std::vector<EmbeddedLua> json_embedded;
}

namespace runbook::json {
namespace {

/// Where in the value a number stands that JSON cannot write; empty where there is none.
std::string find_bad_number(const Value& value, const std::string& path) {
  if (value.kind() == Value::Kind::kNumber && !std::isfinite(value.as_number())) return path;
  std::size_t index = 0;
  for (const Value& item : value.items()) {
    if (std::string found = find_bad_number(item, cat(path, "[", ++index, "]")); !found.empty()) return found;
  }
  for (const auto& [key, member] : value.members()) {
    if (std::string found = find_bad_number(member, cat(path, ".", key)); !found.empty()) return found;
  }
  return {};
}

Result<Value> encode_as(const Value& args, JsonStyle style) {
  const Value& value = args["value"];
  if (const std::string bad = find_bad_number(value, "value"); !bad.empty()) {
    return Error("json.number", cat(printable(bad), " is no number that JSON can write (infinite, or not a number)"));
  }
  std::string text = to_wire_json(value, style);
  if (style == JsonStyle::kPretty) text += '\n';
  return Value(std::move(text));
}

Result<Value> encode(const Value& args) { return encode_as(args, JsonStyle::kCompact); }
Result<Value> encode_pretty(const Value& args) { return encode_as(args, JsonStyle::kPretty); }
Result<Value> decode(const Value& args) { return from_json(args["text"].reveal()); }
Status stream(const Value& args, ValueSink& sink) { return read_json(args["text"].reveal(), sink); }

const PureFunction kEncode{"json.encode", {{"value", Type::kAny, kPositionalRequired}}, encode};
const PureFunction kEncodePretty{"json.encode_pretty", {{"value", Type::kAny, kPositionalRequired}}, encode_pretty};
const PureFunction kDecode{"json.decode", {{"text", Type::kSecret, kPositionalRequired}}, decode, stream};

}  // namespace

extern const Module kModule;
const Module kModule{"json",
                     "0.1",
                     {
                         {"encode", nullptr, nullptr, &kEncode},
                         {"encode_pretty", nullptr, nullptr, &kEncodePretty},
                         {"decode", nullptr, nullptr, &kDecode},
                     },
                     &json_embedded};

}  // namespace runbook::json

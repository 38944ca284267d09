// SPDX-License-Identifier: Apache-2.0
#include "modules/yaml/decode.h"
#include "modules/yaml/encode.h"
#include "runbook/module.h"

namespace runbook {
extern const std::vector<EmbeddedLua> yaml_embedded;
}

namespace runbook::yaml {
namespace {

Result<Value> call_decode(const Value& args) { return decode(args["text"].reveal()); }
Result<Value> call_decode_all(const Value& args) {
  auto documents = decode_all(args["text"].reveal());
  if (!documents) return std::move(documents).error();
  return Value(std::move(*documents));
}
Result<Value> call_positions(const Value& args) { return positions(args["text"].as_string()); }
Result<Value> call_encode(const Value& args) { return Value(encode(args["value"])); }

const PureFunction kDecode{"yaml.decode", {{"text", Type::kSecret, kPositionalRequired}}, call_decode};
const PureFunction kDecodeAll{"yaml.decode_all", {{"text", Type::kSecret, kPositionalRequired}}, call_decode_all};
const PureFunction kPositions{"yaml.positions", {{"text", Type::kString, kPositionalRequired}}, call_positions};
const PureFunction kEncode{"yaml.encode", {{"value", Type::kAny, kPositionalRequired}}, call_encode};

}  // namespace

extern const Module kModule;
const Module kModule{"yaml",
                     "0.1",
                     {
                         {"decode", nullptr, nullptr, &kDecode},
                         {"decode_all", nullptr, nullptr, &kDecodeAll},
                         {"positions", nullptr, nullptr, &kPositions},
                         {"encode", nullptr, nullptr, &kEncode},
                     },
                     &yaml_embedded};

}  // namespace runbook::yaml

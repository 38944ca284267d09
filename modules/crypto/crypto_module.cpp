// SPDX-License-Identifier: Apache-2.0
#include "host/core/encoding.h"
#include "modules/crypto/digest.h"
#include "runbook/module.h"

namespace runbook {
extern const std::vector<EmbeddedLua> crypto_embedded;
}

namespace runbook::crypto {
namespace {

constexpr std::int64_t kMaxRandom = 65536;

// Digests and encodings.

Result<Value> as_value(Result<std::string> text) {
  if (!text) return std::move(text).error();
  return Value(std::move(*text));
}

Result<Value> as_hex(Result<std::string> bytes) {
  if (!bytes) return std::move(bytes).error();
  return Value(hex_encode(*bytes));
}

const std::string& text(const Value& args) { return args["text"].reveal(); }

Result<Value> call_sha256(const Value& args) { return as_hex(digest("sha256", text(args))); }
Result<Value> call_sha512(const Value& args) { return as_hex(digest("sha512", text(args))); }
Result<Value> call_digest(const Value& args) { return as_hex(digest(args["algorithm"].as_string(), text(args))); }
Result<Value> call_hmac(const Value& args) {
  return as_hex(hmac(args["algorithm"].as_string("sha256"), args["key"].reveal(), text(args)));
}
Result<Value> call_base64_encode(const Value& args) {
  return Value(args["url_safe"].as_bool() ? base64url_encode(text(args)) : base64_encode(text(args)));
}
Result<Value> call_base64_decode(const Value& args) { return as_value(base64_decode(text(args))); }
Result<Value> call_hex_encode(const Value& args) { return Value(hex_encode(text(args))); }
Result<Value> call_hex_decode(const Value& args) { return as_value(hex_decode(text(args))); }
Result<Value> call_equal(const Value& args) { return Value(equal(args["a"].reveal(), args["b"].reveal())); }

const Field kText{"text", Type::kSecret, kPositionalRequired};
const PureFunction kSha256{"crypto.sha256", {kText}, call_sha256};
const PureFunction kSha512{"crypto.sha512", {kText}, call_sha512};
const PureFunction kDigest{
    "crypto.digest", {{"algorithm", Type::kString, kPositionalRequired, &digest_names()}, kText}, call_digest};
const PureFunction kHmac{
    "crypto.hmac", {{"key", Type::kSecret, kPositionalRequired}, kText, {"algorithm", Type::kString, Field::kOptional, &digest_names()}}, call_hmac};
const PureFunction kBase64Encode{"crypto.base64_encode", {kText, {"url_safe", Type::kBoolean}}, call_base64_encode};
const PureFunction kBase64Decode{"crypto.base64_decode", {kText}, call_base64_decode};
const PureFunction kHexEncode{"crypto.hex_encode", {kText}, call_hex_encode};
const PureFunction kHexDecode{"crypto.hex_decode", {kText}, call_hex_decode};
const PureFunction kEqual{
    "crypto.equal", {{"a", Type::kSecret, kPositionalRequired}, {"b", Type::kSecret, kPositionalRequired}}, call_equal};

// Random values are effects, so that they are recorded: a resumed run gets the ones it had.

std::vector<Access> only_recorded(World&, const Value&) { return {{"none", "random", "", ""}}; }

Result<std::string> random_of(const Value& args) {
  const std::int64_t count = args["bytes"].as_int(16);
  if (count < 1 || count > kMaxRandom) return Error("argument.invalid", "'bytes' must be a number from 1 to 65536");
  return random_bytes(static_cast<std::size_t>(count));
}

Cancel perform_hex(Invocation call, Done done) {
  done(as_hex(random_of(call.args)));
  return {};
}
Cancel perform_base64(Invocation call, Done done) {
  auto bytes = random_of(call.args);
  done(bytes ? Result<Value>(Value(base64url_encode(*bytes))) : Result<Value>(bytes.error()));
  return {};
}
Cancel perform_secret(Invocation call, Done done) {
  auto bytes = random_of(call.args);
  done(bytes ? Result<Value>(Value(Value::Secret{base64url_encode(*bytes), "crypto.random_secret"})) : Result<Value>(bytes.error()));
  return {};
}
Cancel perform_uuid(Invocation, Done done) {
  done(as_value(uuid()));
  return {};
}

const Field kBytes{"bytes", Type::kInteger, Field::kPositional};
const Operation kRandomHex{"crypto.random_hex", Effect::kRead, {kBytes}, only_recorded, perform_hex};
const Operation kRandomBase64{"crypto.random_base64", Effect::kRead, {kBytes}, only_recorded, perform_base64};
const Operation kRandomSecret{"crypto.random_secret", Effect::kRead, {kBytes}, only_recorded, perform_secret};
const Operation kUuid{"crypto.uuid", Effect::kRead, {}, only_recorded, perform_uuid};

}  // namespace

extern const Module kModule;
const Module kModule{"crypto",
                     "0.1",
                     {
                         {"sha256", nullptr, nullptr, &kSha256},
                         {"sha512", nullptr, nullptr, &kSha512},
                         {"digest", nullptr, nullptr, &kDigest},
                         {"hmac", nullptr, nullptr, &kHmac},
                         {"base64_encode", nullptr, nullptr, &kBase64Encode},
                         {"base64_decode", nullptr, nullptr, &kBase64Decode},
                         {"hex_encode", nullptr, nullptr, &kHexEncode},
                         {"hex_decode", nullptr, nullptr, &kHexDecode},
                         {"equal", nullptr, nullptr, &kEqual},
                         {"random_hex", nullptr, &kRandomHex},
                         {"random_base64", nullptr, &kRandomBase64},
                         {"random_secret", nullptr, &kRandomSecret},
                         {"uuid", nullptr, &kUuid},
                     },
                     &crypto_embedded};

}  // namespace runbook::crypto

// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "host/core/encoding.h"
#include "modules/crypto/digest.h"
#include "runbook/module.h"
#include "tests/support/test_world.h"

using namespace runbook;

namespace runbook::crypto {
extern const Module kModule;
}

namespace {

const Export& find(const char* name) {
  for (const Export& exported : crypto::kModule.exports) {
    if (std::strcmp(exported.lua_name, name) == 0) return exported;
  }
  throw std::runtime_error(name);
}

std::string call(const char* name, Value args) {
  const auto result = find(name).function->call(args);
  REQUIRE(result);
  return result->as_string();
}

}  // namespace

TEST_CASE("crypto: digests give the published vectors", "[crypto]") {
  CHECK(call("sha256", Value::object({{"text", "abc"}})) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(call("sha256", Value::object({{"text", ""}})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(call("sha512", Value::object({{"text", "abc"}})) ==
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
  CHECK(call("digest", Value::object({{"algorithm", "md5"}, {"text", "abc"}})) == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(call("digest", Value::object({{"algorithm", "sha1"}, {"text", "abc"}})) == "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST_CASE("crypto: hmac gives RFC 4231's vectors", "[crypto]") {
  CHECK(call("hmac", Value::object({{"key", std::string(20, '\x0b')}, {"text", "Hi There"}})) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(call("hmac", Value::object({{"key", Value::Secret{"Jefe", "K"}}, {"text", "what do ya want for nothing?"}, {"algorithm", "sha512"}})) ==
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
}

TEST_CASE("crypto: encodings of a secret read its text", "[crypto]") {
  CHECK(call("base64_encode", Value::object({{"text", Value::Secret{"foobar", "S"}}})) == "Zm9vYmFy");
  CHECK(call("base64_encode", Value::object({{"text", "\xfb\xff"}, {"url_safe", true}})) == "-_8");
  CHECK(call("base64_decode", Value::object({{"text", "Zm9vYmFy"}})) == "foobar");
  CHECK(call("hex_decode", Value::object({{"text", "6869"}})) == "hi");
  CHECK(call("hex_encode", Value::object({{"text", "hi"}})) == "6869");
  CHECK(find("hex_decode").function->call(Value::object({{"text", "6"}})).error().code == "encoding.invalid");
}

TEST_CASE("crypto: equal compares content and length", "[crypto]") {
  CHECK(crypto::equal("abc", "abc"));
  CHECK(crypto::equal("", ""));
  CHECK_FALSE(crypto::equal("abc", "abd"));
  CHECK_FALSE(crypto::equal("abc", "abcd"));
}

TEST_CASE("crypto: random values have the size asked for and differ", "[crypto]") {
  TestWorld world;
  const auto perform = [&](const char* name, Value args) { return world.perform(*find(name).operation, std::move(args)); };
  const Value none = Value::Object{};
  CHECK(perform("random_hex", none)->as_string().size() == 32);
  CHECK(perform("random_hex", Value::object({{"bytes", 5}}))->as_string().size() == 10);
  CHECK(perform("random_hex", none)->as_string() != perform("random_hex", none)->as_string());
  CHECK(base64_decode(perform("random_base64", none)->as_string())->size() == 16);
  CHECK(perform("random_secret", Value::object({{"bytes", 24}}))->reveal().size() == 32);
  CHECK(perform("random_secret", none)->is_secret());
  CHECK(perform("random_hex", Value::object({{"bytes", 0}})).error().code == "argument.invalid");
  CHECK(perform("random_hex", Value::object({{"bytes", 1000000}})).error().code == "argument.invalid");
  const std::string uuid = perform("uuid", none)->as_string();
  REQUIRE(uuid.size() == 36);
  CHECK(uuid[14] == '4');
  CHECK(std::string("89ab").find(uuid[19]) != std::string::npos);
}

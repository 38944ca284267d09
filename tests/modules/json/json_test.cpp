// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstring>

#include "runbook/module.h"
#include "tests/support/catch.h"

using namespace runbook;

namespace runbook::json {
extern const Module kModule;
}

namespace {

Result<Value> call(const char* name, Value args) {
  for (const Export& exported : json::kModule.exports) {
    if (std::strcmp(exported.lua_name, name) == 0) return exported.function->call(args);
  }
  FAIL("no such function");
  return Value();
}

}  // namespace

TEST_CASE("json module: encodes with sorted keys, and secrets in the clear", "[json]") {
  const Value value = Value::object({{"b", 1}, {"a", Value::array({true, Value(), 1.5})}, {"s", Value::Secret{"hunter2", "S"}}});
  CHECK(call("encode", Value::object({{"value", value}}))->as_string() == R"({"a":[true,null,1.5],"b":1,"s":"hunter2"})");
  CHECK(call("encode_pretty", Value::object({{"value", Value::object({{"a", 1}})}}))->as_string() == "{\n  \"a\": 1\n}\n");
}

TEST_CASE("json module: names the place of a number that JSON cannot write", "[json]") {
  const Value value = Value::object({{"a", Value::array({1, std::nan("")})}});
  const auto result = call("encode", Value::object({{"value", value}}));
  REQUIRE_FALSE(result);
  CHECK(result.error().code == "json.number");
  CHECK_THAT(result.error().message, ContainsSubstring("value.a[2]"));
}

TEST_CASE("json module: decodes strictly", "[json]") {
  CHECK(call("decode", Value::object({{"text", R"({"n":9007199254740993})"}}))->operator[]("n").as_int() == 9007199254740993);
  for (const char* text : {"", "{", "{\"a\":1,\"a\":2}", "[1,]", "nul", "1 2", "'a'", "[1e999]"}) {
    INFO(text);
    CHECK(call("decode", Value::object({{"text", text}})).error().code == "json.syntax");
  }
  CHECK_FALSE(call("decode", Value::object({{"text", std::string(300000, '[')}})));
}

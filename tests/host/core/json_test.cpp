// SPDX-License-Identifier: Apache-2.0
#include "runbook/value.h"
#include "tests/support/catch.h"

using runbook::from_json;
using runbook::to_json;
using runbook::Value;

TEST_CASE("json: what is written reads back equal", "[core]") {
  const std::string text = R"({"a":[1,2.5,"x\n",null,true],"b":{"c":{}},"d":9007199254740993})";
  const auto value = from_json(text);
  REQUIRE(value.ok());
  CHECK(to_json(*value) == text);
}

TEST_CASE("json: a syntax error names line and column", "[core]") {
  const auto value = from_json("{\n  \"a\": ]\n}");
  REQUIRE_FALSE(value.ok());
  CHECK(value.error().code == "json.syntax");
  CHECK_THAT(value.error().message, ContainsSubstring("line 2"));
}

TEST_CASE("json: a duplicate key is refused", "[core]") {
  CHECK_FALSE(from_json(R"({"a":1,"a":2})").ok());
}

TEST_CASE("json: 300000 levels are refused instead of overflowing the stack", "[core]") {
  CHECK_FALSE(from_json(std::string(300000, '[')).ok());
}

TEST_CASE("json: a secret is written as stars", "[core]") {
  const Value value = Value::object({{"password", Value::Secret{"hunter2", "PASSWORD"}}});
  CHECK(to_json(value) == R"({"password":"***"})");
  CHECK(runbook::to_wire_json(value) == R"({"password":"hunter2"})");
}

TEST_CASE("json: invalid UTF-8 is replaced", "[core]") { CHECK(to_json(Value("a\xff")) == "\"a\xEF\xBF\xBD\""); }

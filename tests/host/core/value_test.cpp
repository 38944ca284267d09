// SPDX-License-Identifier: Apache-2.0
#include "runbook/value.h"

#include "tests/support/catch.h"

using namespace runbook;

TEST_CASE("value: a copy keeps what it was when the original is changed, and the other way round", "[core]") {
  Value original = Value::object({{"list", Value::array({1, 2})}, {"inner", Value::object({{"a", 1}})}});
  Value copy = original;
  copy.set("more", true);
  CHECK_FALSE(original.has("more"));
  original.erase("list");
  CHECK(copy["list"].items().size() == 2);
  Value list = copy["list"];
  list.push(3);
  CHECK(copy["list"].items().size() == 2);
  copy.mutable_members()["inner"].set("a", 2);
  CHECK(original["inner"]["a"] == Value(1));
}

TEST_CASE("value: a reader sees what it reads until it lets go of it", "[core]") {
  Value value = Value::object({{"name", "old"}});
  const Value seen = value;
  const std::string& name = seen["name"].as_string();
  value.set("name", "new");
  CHECK(name == "old");
}

TEST_CASE("value: a value can be put into itself", "[core]") {
  Value value = Value::object({{"name", "web"}});
  value.set("self", value);
  CHECK(value["self"] == Value::object({{"name", "web"}}));
  Value list = Value::array({1});
  list.push(list);
  CHECK(list == Value::array({1, Value::array({1})}));
}

TEST_CASE("value: what has nothing in it is of its kind all the same", "[core]") {
  for (const Value& empty : {Value(Value::Array{}), Value(Value::Object{})}) {
    const Value copy = empty;
    CHECK(copy == empty);
    CHECK(copy.items().empty());
    CHECK(copy.members().empty());
    CHECK_FALSE(copy.is_null());
  }
  CHECK(Value(Value::Array{}) != Value(Value::Object{}));
  Value object = Value(Value::Object{});
  object.erase("none");
  CHECK(to_json(object) == "{}");
  CHECK(to_json(Value(Value::Array{})) == "[]");
  Value moved = Value::array({1});
  const Value to = std::move(moved);
  moved = Value::array({2});
  CHECK(to == Value::array({1}));
}

TEST_CASE("value: numbers are compared by what they are, secrets by their text", "[core]") {
  CHECK(Value::array({1}) == Value::array({1.0}));
  CHECK(Value(Value::Secret{"text", "one"}) == Value(Value::Secret{"text", "other"}));
  CHECK(Value("text") != Value(Value::Secret{"text", "one"}));
  CHECK(Value() != Value(false));
}

// SPDX-License-Identifier: Apache-2.0
#include "modules/yaml/decode.h"

#include <cmath>

#include "tests/support/catch.h"

using namespace runbook;

namespace {

std::string json(const char* text) {
  const auto value = yaml::decode(text);
  return value ? to_json(*value) : value.error().code + ": " + value.error().message;
}

}  // namespace

TEST_CASE("yaml: plain scalars mean what the core schema of 1.2 says", "[yaml]") {
  CHECK(json("[true, True, false, yes, no, on, off, y]") == R"([true,true,false,"yes","no","on","off","y"])");
  CHECK(json("[~, null, NULL, nil]") == R"([null,null,null,"nil"])");
  CHECK(json("[0755, 0o755, 0xff, +1, -1, 1_000, 22:22, -0x1]") == R"([755,493,255,1,-1,"1_000","22:22","-0x1"])");
  CHECK(json("[1.5, .5, 1., 1e3, -1E-2, 1.2.3, 2026-01-01]") == R"([1.5,0.5,1.0,1000.0,-0.01,"1.2.3","2026-01-01"])");
  CHECK(json("[9223372036854775807, 9223372036854775808]") == "[9223372036854775807,9.2233720368547758e+18]");
  CHECK(std::isinf(yaml::decode("-.inf")->as_number()));
  CHECK(std::isnan(yaml::decode(".nan")->as_number()));
}

TEST_CASE("yaml: quoted and tagged scalars are what they say", "[yaml]") {
  CHECK(json("['1', \"true\", !!str 1, !!int '3', !!float 3, !!binary aGk=, ! 12]") == R"(["1","true","1",3,3.0,"hi","12"])");
  CHECK_THAT(json("!!int x"), ContainsSubstring("yaml.tag: line 1, column 1: 'x' is no !!int"));
  CHECK_THAT(json("a: !Ref b"), ContainsSubstring("yaml.tag: line 1, column 4: the tag '!Ref' is not known"));
  CHECK_THAT(json("!!set {a}"), ContainsSubstring("yaml.tag"));
}

TEST_CASE("yaml: block and folded texts keep and fold their lines", "[yaml]") {
  CHECK(json("a: |\n  x\n   y\nb: >-\n  x\n  y\n") == R"({"a":"x\n y\n","b":"x y"})");
}

TEST_CASE("yaml: nothing at all is null", "[yaml]") {
  CHECK(json("") == "null");
  CHECK(json("# only a comment\n") == "null");
  CHECK(json("a:\nb: {}\nc: []") == R"({"a":null,"b":{},"c":[]})");
}

TEST_CASE("yaml: keys that are no strings become their text", "[yaml]") {
  CHECK(json("{1: a, true: b, ~: c, 0x10: d}") == R"({"0x10":"d","1":"a","true":"b","~":"c"})");
  CHECK_THAT(json("? [a]\n: b"), ContainsSubstring("yaml.key: line 1, column 3"));
}

TEST_CASE("yaml: anchors and merge keys are followed, own keys win", "[yaml]") {
  CHECK(json("base: &b {x: 1, y: 2}\nweb:\n  <<: *b\n  y: 3\n") == R"({"base":{"x":1,"y":2},"web":{"x":1,"y":3}})");
  CHECK(json("- &a {x: 1, y: 1}\n- &b {x: 2, z: 2}\n- y: 9\n  <<: [*b, *a]\n") == R"([{"x":1,"y":1},{"x":2,"z":2},{"x":2,"y":9,"z":2}])");
  CHECK(json("'<<': 1") == R"({"<<":1})");
  CHECK_THAT(json("a: &a 1\nb: {<<: *a}"), ContainsSubstring("yaml.merge: line 2, column 9"));
}

TEST_CASE("yaml: a duplicate key is refused with both lines", "[yaml]") {
  CHECK(json("a: 1\nb: 2\na: 3\n") == "yaml.duplicate_key: line 3, column 1: duplicate key 'a', first on line 1");
}

TEST_CASE("yaml: aliases need an anchor that is complete", "[yaml]") {
  CHECK_THAT(json("a: *x"), ContainsSubstring("yaml.alias: line 1, column 4: no anchor '&x'"));
  CHECK_THAT(json("a: &x [*x]"), ContainsSubstring("contains itself"));
}

TEST_CASE("yaml: what a few aliases can stand for is bounded", "[yaml]") {
  std::string laughs = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (char c = 'b'; c <= 'j'; ++c) {
    laughs += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 9; ++i) laughs += std::string(i ? ", *" : "*") + static_cast<char>(c - 1);
    laughs += "]\n";
  }
  CHECK(yaml::decode(laughs).error().code == "yaml.limit");
  CHECK(yaml::decode(std::string(100000, '[')).error().code == "yaml.limit");
  CHECK(yaml::decode("a: &a " + std::string(60, '[') + std::string(60, ']') + "\nb: " + std::string(60, '[') + "*a" + std::string(60, ']')).error().code ==
        "yaml.limit");
}

TEST_CASE("yaml: what is no YAML is refused with its place", "[yaml]") {
  CHECK_THAT(json("a: 1\n\tb: 2\n"), ContainsSubstring("yaml.syntax: line 2"));
  CHECK_THAT(json("a: [1, 2\nb: 3\n"), ContainsSubstring("yaml.syntax: line 2"));
  CHECK_THAT(json("a: 'x"), ContainsSubstring("yaml.syntax"));
  CHECK_THAT(json("a: b: c"), ContainsSubstring("yaml.syntax: line 1, column 5"));
  CHECK_THAT(json("\xff\xfe\xff"), ContainsSubstring("yaml.syntax"));
  CHECK_THAT(json("a: \x01"), ContainsSubstring("yaml.syntax: byte 4"));
}

TEST_CASE("yaml: several documents are all decoded, or refused where one was expected", "[yaml]") {
  const auto documents = yaml::decode_all("a: 1\n---\nb: &x 2\n...\n---\n[]\n");
  REQUIRE(documents);
  CHECK(to_json(Value(*documents)) == R"([{"a":1},{"b":2},[]])");
  CHECK(yaml::decode("1\n---\n2\n").error().code == "yaml.syntax");
  CHECK(yaml::decode_all("a: &x 1\n---\nb: *x\n").error().code == "yaml.alias");
}

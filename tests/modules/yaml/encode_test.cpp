// SPDX-License-Identifier: Apache-2.0
#include "modules/yaml/encode.h"

#include <limits>

#include "modules/yaml/decode.h"
#include "tests/support/catch.h"

using namespace runbook;

TEST_CASE("yaml: encodes in block style with sorted keys", "[yaml]") {
  const Value stack = *from_json(
      R"({"services":{"web":{"image":"nginx:1.25","ports":["8080:80"],"deploy":{"replicas":2},"command":[],"labels":{}}},"version":"3.9","list":[{"b":1,"a":[1,[2,3]]},null,true,1.5]})");
  CHECK(yaml::encode(stack) ==
        "list:\n"
        "  - a:\n"
        "      - 1\n"
        "      - - 2\n"
        "        - 3\n"
        "    b: 1\n"
        "  - null\n"
        "  - true\n"
        "  - 1.5\n"
        "services:\n"
        "  web:\n"
        "    command: []\n"
        "    deploy:\n"
        "      replicas: 2\n"
        "    image: nginx:1.25\n"
        "    labels: {}\n"
        "    ports:\n"
        "      - \"8080:80\"\n"
        "version: \"3.9\"\n");
}

TEST_CASE("yaml: texts of several lines become literal blocks", "[yaml]") {
  CHECK(yaml::encode(*from_json(R"({"a":"x\n  y\n\nz\n","b":"x\ny","c":"x\n\n\n","d":["x\ny\n"]})")) ==
        "a: |\n  x\n    y\n\n  z\nb: |-\n  x\n  y\nc: |+\n  x\n\n\nd:\n  - |\n    x\n    y\n");
}

TEST_CASE("yaml: what it encodes decodes to the same", "[yaml]") {
  Value strings = Value::Array{};
  for (const char* text :
       {"", " ", "a", " a", "a ", "a: b", "a:", "a #b", "#a", "- a", "-", "? a", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "'a'", "\"a\"", "[a]", "{a}", "a,b",
        "true", "True", "yes", "No", "on", "null", "~", "1", "-1", "1.5", "1e3", ".5", "0x1f", "0o17", "0755", "1_000", "22:22", "2026-01-01", ".inf", ".nan", "<<", "=",
        "---", "...", "a\nb", "a\nb\n", "\n", "\na", "a\n\n", " a\nb", "a\n b\n", "a\n \nb", "a \nb", "a\tb", "\ta\nb", "a\r\nb", "a\x01" "b", "\x7f", "\xc2\x85", "\xe2\x80\xa8x",
        "\xef\xbb\xbfx", "\xc3\xa4", "\xf0\x9f\x98\x80", "a\\b", "C:\\x", "key: |\n  x", "http://x/y?z=1&w", "a\n#b\n", "a\n---\nb\n", "x\n\n  \n"}) {
    strings.push(text);
  }
  Value keys = Value::Object{};
  for (const Value& text : strings.items()) keys.set(text.as_string(), text);
  const Value all = Value::array({strings, keys, Value::array({Value::array({}), Value::Object{}, Value::array({keys})}),
                                  std::numeric_limits<std::int64_t>::min(), 0.1, 1e300, Value(), false});
  const auto back = yaml::decode(yaml::encode(all));
  INFO(yaml::encode(all));
  REQUIRE(back);
  for (std::size_t i = 0; i < strings.items().size(); ++i) {
    INFO(i << " " << to_json(strings.items()[i]));
    CHECK(back->items()[0].items()[i] == strings.items()[i]);
    CHECK(*yaml::decode(yaml::encode(strings.items()[i])) == strings.items()[i]);
  }
  CHECK(*back == all);
}

TEST_CASE("yaml: invalid UTF-8 is replaced, secrets are revealed", "[yaml]") {
  CHECK(yaml::decode(yaml::encode(Value("a\xff"))).value().as_string() == "a\xef\xbf\xbd");
  CHECK(yaml::encode(Value(Value::Secret{"hunter2", "S"})) == "hunter2\n");
}

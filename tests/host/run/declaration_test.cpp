// SPDX-License-Identifier: Apache-2.0
#include "host/run/declaration.h"

#include "tests/support/catch.h"

using namespace runbook;

namespace {

Result<bool> no_pattern(std::string_view text, std::string_view pattern) {
  if (pattern.find('[') != std::string_view::npos && pattern.find(']') == std::string_view::npos) {
    return Error("pattern.malformed", "malformed pattern (missing ']')");
  }
  return text != "BAD";
}

Result<Declaration> read(const char* json) { return read_declaration(from_json(json).value(), no_pattern); }

}  // namespace

TEST_CASE("declaration: all its fields are read, parameters in their order") {
  auto declaration = read(R"({"summary": "Deploy", "doc": "DEPLOY.md", "name": "deploy",
    "params": {"service": {"type": "string", "pattern": "^%l+$", "help": "what"},
               "colour": {"type": "enum", "choices": ["blue", "green"], "default": "green"},
               "wait": {"type": "duration", "default": "5m", "max": "1h"},
               "room": {"type": "size", "default": "10MiB"},
               "loud": {"type": "bool"}},
    "params_order": ["service", "colour", "wait", "room", "loud"],
    "secrets": ["TOKEN"], "permissions": {"net": ["https://{service}.example.org"]},
    "lock": "deploy/{service}", "limits": {"memory": "64MiB", "cpu": "1s"}, "on_failure": "undo"})");
  REQUIRE(declaration.ok());
  REQUIRE(declaration->params.size() == 5);
  CHECK(declaration->params[0].name == "service");
  CHECK(declaration->params[0].required);
  CHECK(declaration->params[1].fallback == Value("green"));
  CHECK(declaration->params[2].fallback == Value(300));
  CHECK(declaration->params[2].max == 3600.0);
  CHECK(declaration->params[3].fallback == Value(10 << 20));
  CHECK(declaration->params[4].fallback == Value(false));
  CHECK_FALSE(declaration->params[4].required);
  CHECK(declaration->secrets.at(0).name == "TOKEN");
  CHECK(declaration->locks == std::vector<std::string>{"deploy/{service}"});
  CHECK(declaration->limits.memory_bytes == 64 << 20);
  CHECK(declaration->limits.cpu_seconds == 1.0);
  CHECK(declaration->limits.tasks == 10000);
  CHECK(declaration->on_failure == "undo");
}

TEST_CASE("declaration: an empty one is one") {
  CHECK(read("{}").ok());
  CHECK(read("[]").ok());
  CHECK(read(R"({"params": [], "secrets": [], "permissions": [], "limits": []})").ok());
}

TEST_CASE("declaration: all problems come at once, with the nearest spelling") {
  auto declaration = read(R"({"sumary": "x", "doc": 3, "on_failure": "und",
    "params": {"dry_run": {"type": "bool"}, "input": {"type": "bool"}, "a": {"type": "strng"}, "b": {"type": "enum"},
               "c": {"type": "int", "min": 3, "max": 1, "default": "x"}, "d": {"hlep": "x"}, "e": 7,
               "f": {"type": "enum", "choices": ["blue"], "default": "bleu"}, "g": {"pattern": "[a"}, "bad name": {}},
    "secrets": [1], "lock": "x/{servce}", "limits": {"memry": 1, "cpu": -3}, "permissions": ["net"]})");
  REQUIRE_FALSE(declaration.ok());
  CHECK(declaration.error().code == "declaration.invalid");
  const std::string text = declaration.error().message;
  for (const char* line : {"unknown field 'sumary', did you mean 'summary'?",
                           "doc must be a string",
                           "params.dry_run: '--dry-run' is an option of runbook itself",
                           "params.input: its '--no-input' is an option of runbook itself",
                           "params.a: unknown type 'strng', did you mean 'string'?",
                           "params.b: an enum needs its choices",
                           "params.c: min is greater than max",
                           "params.c: default: expected an integer, got 'x'",
                           "params.d: unknown key 'hlep', did you mean 'help'?",
                           "params.e: expected a parameter",
                           "params.f: default: expected one of blue, got 'bleu', did you mean 'blue'?",
                           "params.g: pattern: malformed pattern",
                           "params.bad name: a parameter's name is made of",
                           "secrets must be a list of names",
                           "lock: '{servce}' is no parameter",
                           "limits: unknown limit 'memry', did you mean 'memory'?",
                           "limits: 'cpu' expects something like 10s",
                           "permissions must be a table",
                           "on_failure must be \"keep\" or \"undo\", did you mean 'undo'?"}) {
    CHECK_THAT(text, ContainsSubstring(line));
  }
}

TEST_CASE("declaration: what is not a table is refused") {
  CHECK_FALSE(read_declaration(Value("x"), no_pattern).ok());
  CHECK_FALSE(read_declaration(Value(), no_pattern).ok());
}

TEST_CASE("declaration: references in permissions must be parameters, other braces are text") {
  CHECK(read(R"({"permissions": {"read": ["/srv/{a,b}/*", "{}", "{1}"]}})").ok());
  auto bad = read(R"({"params": {"service": {"type": "string"}}, "permissions": {"docker": {"unix:///x": ["container.*:{servise}"]}}})");
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().message == "permissions.docker.unix:///x: '{servise}' is no parameter of this runbook, did you mean 'service'?");
}

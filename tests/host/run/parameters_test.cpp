// SPDX-License-Identifier: Apache-2.0
#include "host/run/parameters.h"

#include "tests/support/catch.h"

using namespace runbook;

namespace {

Result<bool> lower_case(std::string_view text, std::string_view) {
  for (char c : text) {
    if (c < 'a' || c > 'z') return false;
  }
  return true;
}

Declaration declare(const char* params) {
  auto declaration = read_declaration(Value::object({{"params", from_json(params).value()}}), lower_case);
  REQUIRE(declaration.ok());
  return std::move(declaration).value();
}

const char* kParams = R"({
  "service": {"type": "string", "pattern": "^%l+$", "help": "service to deploy"},
  "colour": {"type": "enum", "choices": ["blue", "green"], "default": "green"},
  "wait_time": {"type": "duration", "default": "5m", "min": "1s", "max": "1h"},
  "room": {"type": "size", "required": false},
  "count": {"type": "int", "default": 1, "min": 1, "max": 9},
  "loud": {"type": "bool"},
  "hosts": {"type": "list", "of": "host", "default": []},
  "labels": {"type": "map", "default": {}},
  "spec": {"type": "json", "required": false},
  "key": {"type": "string", "secret": true, "required": false}
})";

Result<Value> read(std::vector<std::string> arguments, Value file = {}) {
  ParameterSources sources;
  sources.arguments = std::move(arguments);
  sources.file = std::move(file);
  return read_parameters(declare(kParams), sources, lower_case);
}

std::string problems(std::vector<std::string> arguments, Value file = {}) {
  auto result = read(std::move(arguments), std::move(file));
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == "parameter.invalid");
  return result.error().message;
}

}  // namespace

TEST_CASE("parameters: every spelling of the command line") {
  auto value = read({"--service", "nmpi", "--colour=blue", "--wait-time", "90s", "--room=10MiB", "--count=3", "--loud", "--hosts", "a",
                     "--hosts=deploy@b:22", "--labels", "k=v", "--labels=x=y=z", "--spec", "{\"a\": [1]}"});
  REQUIRE(value.ok());
  CHECK(to_json(*value) == R"({"colour":"blue","count":3,"hosts":["a","deploy@b:22"],"labels":{"k":"v","x":"y=z"},"loud":true,)"
                           R"("room":10485760,"service":"nmpi","spec":{"a":[1]},"wait_time":90})");
}

TEST_CASE("parameters: defaults are filled in, optional ones left out") {
  auto value = read({"--service=nmpi", "--no-loud"});
  REQUIRE(value.ok());
  CHECK(to_json(*value) == R"({"colour":"green","count":1,"hosts":[],"labels":{},"loud":false,"service":"nmpi","wait_time":300})");
}

TEST_CASE("parameters: the command line wins over the file, the file over the defaults") {
  auto value = read({"--hosts=z"}, from_json(R"({"service": "nmpi", "hosts": ["a", "b"], "wait-time": 7.5, "key": "s3cret", "room": null})").value());
  REQUIRE(value.ok());
  CHECK((*value)["hosts"] == Value::array({"z"}));
  CHECK((*value)["wait_time"] == Value(7.5));
  REQUIRE((*value)["key"].is_secret());
  CHECK((*value)["key"].reveal() == "s3cret");
  CHECK_FALSE(value->has("room"));
}

TEST_CASE("parameters: all problems come at once") {
  const std::string text = problems({"--colur", "red", "--colour=grean", "--wait-time=2h", "--count=ten", "--count=3", "--hosts", "-bad-", "--labels=x",
                                     "--room=big", "--key=abc", "service=nmpi", "stray", "--loud=perhaps", "--spec={"});
  for (const char* line : {"unknown parameter '--colur', did you mean '--colour'?",
                           "'--colour': expected one of blue, green, got 'grean', did you mean 'green'?",
                           "'--wait-time': must be at most 1h 00m",
                           "'--count' is given twice",
                           "'--hosts': item 1: expected a host",
                           "'--labels': expected key=value, got 'x'",
                           "'--room': expected a size such as",
                           "'--key' is secret",
                           "unexpected 'service=nmpi', did you mean '--service=nmpi'?",
                           "unexpected 'stray': parameters are written --name=value",
                           "'--loud': expected true or false, got 'perhaps'",
                           "'--spec': expected JSON",
                           "missing '--service': service to deploy"}) {
    CHECK_THAT(text, ContainsSubstring(line));
  }
  CHECK(text.find("unexpected 'red'") == std::string::npos);
  CHECK(text.find("abc") == std::string::npos);
}

TEST_CASE("parameters: a mistyped option of runbook is recognised too") {
  CHECK_THAT(problems({"--service=a", "--dry-rn"}), ContainsSubstring("did you mean '--dry-run'?"));
  CHECK_THAT(problems({"--service=a", "--no-lod"}), ContainsSubstring("did you mean '--no-loud'?"));
}

TEST_CASE("parameters: ranges, patterns and types of a file's values") {
  CHECK(problems({"--service=A"}) == "'--service': 'A' does not match the pattern ^%l+$");
  CHECK(problems({"--service=a", "--count=0"}) == "'--count': must be at least 1");
  CHECK(problems({"--service=a", "--count"}) == "'--count' expects a value");
  CHECK_THAT(problems({}, from_json(R"({"service": 5, "servce": 1})").value()), ContainsSubstring("expected a text, got 5"));
  CHECK_THAT(problems({}, from_json(R"({"service": "a", "servce": 1})").value()), ContainsSubstring("did you mean 'service'?"));
  CHECK_THAT(problems({"--service=a"}, Value("x")), ContainsSubstring("must hold a map"));
}

TEST_CASE("parameters: what is missing is asked for, again when the answer is wrong") {
  ParameterSources sources;
  std::vector<std::string> asked;
  sources.ask = [&](const Param& param, const std::string& problem) -> std::optional<std::string> {
    asked.push_back(param.name + "/" + problem);
    return asked.size() == 1 ? "BAD" : "nmpi";
  };
  auto value = read_parameters(declare(kParams), sources, lower_case);
  REQUIRE(value.ok());
  CHECK((*value)["service"] == Value("nmpi"));
  CHECK(asked == std::vector<std::string>{"service/", "service/'BAD' does not match the pattern ^%l+$"});
}

TEST_CASE("parameters: no question is asked when the call is refused anyway") {
  ParameterSources sources;
  sources.arguments = {"--nonsense"};
  sources.ask = [](const Param&, const std::string&) -> std::optional<std::string> {
    FAIL("asked");
    return std::nullopt;
  };
  CHECK_FALSE(read_parameters(declare(kParams), sources, lower_case).ok());
}

TEST_CASE("substitute: names in braces become their values") {
  const Value params = Value::object({{"service", "nmpi"}, {"n", 3}, {"list", Value::array({1})}});
  CHECK(substitute("deploy/{service}-{n}", params).value() == "deploy/nmpi-3");
  CHECK(substitute("{a,b} {} {1} {service", params).value() == "{a,b} {} {1} {service");
  CHECK_THAT(substitute("{servic}", params).error().message, ContainsSubstring("did you mean 'service'?"));
  CHECK_FALSE(substitute("{list}", params).ok());
  CHECK(references("x{service}y{n}{a,b}") == std::vector<std::string>{"service", "n"});
}

// SPDX-License-Identifier: Apache-2.0
#include "host/cli/command_line.h"

#include "host/cli/usage.h"
#include "tests/support/catch.h"

using namespace runbook;
using namespace runbook::cli;

namespace {

CommandLine parse(std::vector<std::string> arguments) {
  auto line = parse_command_line(arguments);
  INFO((line.ok() ? std::string() : line.error().message));
  REQUIRE(line.ok());
  return std::move(line).value();
}

std::string refused(std::vector<std::string> arguments) {
  auto line = parse_command_line(arguments);
  REQUIRE_FALSE(line.ok());
  CHECK(line.error().code == "usage");
  return line.error().message;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("command line: a file alone is run with what follows as its parameters") {
  const CommandLine line = parse({"deploy.lua", "--service", "nmpi", "--colour=green", "--count", "-5"});
  CHECK(line.command == Command::kRun);
  CHECK(line.operands == Strings{"deploy.lua"});
  CHECK(line.parameters == Strings{"--service", "nmpi", "--colour=green", "--count", "-5"});
}

TEST_CASE("command line: options of runbook stand before or after the file") {
  for (const Strings& arguments : {Strings{"-n", "-y", "deploy.lua", "--x=1"}, Strings{"deploy.lua", "-ny", "--x=1"},
                                   Strings{"run", "deploy.lua", "--x=1", "--dry-run", "--yes"}}) {
    const CommandLine line = parse(arguments);
    CHECK(line.has("dry-run"));
    CHECK(line.has("yes"));
    CHECK(line.operands == Strings{"deploy.lua"});
    CHECK(line.parameters == Strings{"--x=1"});
  }
}

TEST_CASE("command line: after -- everything belongs to the runbook") {
  const CommandLine line = parse({"deploy.lua", "--", "-n", "--json", "--", "x"});
  CHECK_FALSE(line.has("dry-run"));
  CHECK(line.parameters == Strings{"-n", "--json", "--", "x"});
  CHECK(parse({"check", "--", "-odd.lua"}).operands == Strings{"-odd.lua"});
}

TEST_CASE("command line: values are attached or follow, repeatable ones are kept in order") {
  const CommandLine line = parse({"plan", "x.lua", "-oplan.json", "--allow", "net=a", "--allow=read=/etc", "-vv"});
  CHECK(line.value("output") == "plan.json");
  CHECK(line.values("allow") == Strings{"net=a", "read=/etc"});
  CHECK(line.count("verbose") == 2);
}

TEST_CASE("command line: code instead of a file") {
  const CommandLine line = parse({"-e", "print(1)", "--x=1", "plan"});
  CHECK(line.value("execute") == "print(1)");
  CHECK(line.parameters == Strings{"--x=1", "plan"});
}

TEST_CASE("command line: all problems come at once, with the nearest spelling") {
  const std::string text = refused({"history", "--jsn", "--redo=x", "-Z", "--color=alway", "--json=1", "a", "b"});
  for (const char* line : {"unknown option '--jsn', did you mean '--json'?", "'--redo' is no option of 'history', but of 'resume'",
                           "unknown option '-Z'", "'--color' expects auto, always, never, got 'alway', did you mean 'always'?",
                           "'--json' takes no value", "unexpected 'b' after 'history'"}) {
    CHECK_THAT(text, ContainsSubstring(line));
  }
  CHECK_THAT(refused({"--service=x", "deploy.lua"}), ContainsSubstring("parameters of a runbook follow its file"));
  CHECK(refused({"plan"}) == "'plan' expects FILE [PARAMETERS]");
  CHECK_THAT(refused({"plan", "x.lua", "-o"}), ContainsSubstring("'-o' expects a value: FILE"));
  CHECK_THAT(refused({"run", "x.lua", "--plan=p"}), ContainsSubstring("has its file and its parameters already"));
  CHECK_THAT(refused({"x.lua", "--params=a", "--params=b"}), ContainsSubstring("given twice"));
  CHECK_THAT(refused({"x.lua", "-q", "-v"}), ContainsSubstring("exclude each other"));
}

TEST_CASE("command line: help wins over what is missing") {
  CHECK(parse({"plan", "--help"}).command == Command::kPlan);
  CHECK(parse({"deploy.lua", "--help"}).operands == Strings{"deploy.lua"});
  CHECK(parse({"--help"}).operands.empty());
  CHECK(parse({}).operands.empty());
}

TEST_CASE("usage: names every command and every option") {
  const std::string text = usage();
  for (const CommandInfo& info : command_table()) {
    CHECK_THAT(text, ContainsSubstring(std::string("\n  ") + info.name));
    const std::string own = usage(info.command);
    for (const HostOption& option : host_options()) {
      const bool listed = own.find(std::string("--") + option.name) != std::string::npos;
      if (option.commands & command_bit(info.command)) CHECK(listed);
    }
    CHECK_THAT(bash_completion(), ContainsSubstring(info.name));
  }
  std::size_t start = 0;
  for (std::size_t end; (end = text.find('\n', start)) != std::string::npos; start = end + 1) CHECK(end - start <= 100);
}

TEST_CASE("usage: no two options of a command share a name or a letter, and the commands are in the order of their enumerators") {
  for (const HostOption& option : host_options()) {
    for (const CommandInfo& info : command_table()) {
      if (option.commands & command_bit(info.command)) CHECK(find_host_option(option.name, info.command) == &option);
    }
    // A letter is read before the command may be known: it stands for one name, and either takes a value or does not.
    const HostOption* first = find_host_option(option.name);
    CHECK((first->value != nullptr) == (option.value != nullptr));
    if (option.letter) CHECK(find_host_option(option.letter) == first);
  }
  for (const CommandInfo& info : command_table()) CHECK(&command_info(info.command) == &info);
}

TEST_CASE("usage: a runbook's parameters, secrets and permissions") {
  auto declaration = read_declaration(from_json(R"({"summary": "Deploy one colour", "lock": "deploy/{service}", "secrets": {"TOKEN": "registry"},
    "params": {"service": {"type": "string", "help": "what to deploy"}, "colour": {"type": "enum", "choices": ["blue", "green"], "default": "green"},
               "wait_time": {"type": "duration", "default": "5m"}, "hosts": {"type": "list", "of": "host", "default": []}, "loud": {"type": "bool", "default": true}},
    "params_order": ["service", "colour", "wait_time", "hosts", "loud"],
    "permissions": {"docker": {"ssh://node2": ["image.*", "container.*:{service}"]}, "net": ["https://x"]}})").value(), nullptr);
  REQUIRE(declaration.ok());
  const std::string text = usage("deploy.lua", *declaration);
  for (const char* line : {"Deploy one colour", "  --service TEXT        what to deploy (required)", "  --colour blue|green   (default: green)",
                           "  --wait-time DURATION  (default: 5m 00s)", "  --hosts HOST          (may be repeated)", "  --no-loud",
                           "  TOKEN  registry", "docker  ssh://node2: image.*, container.*:{service}", "lock: deploy/{service}"}) {
    CHECK_THAT(text, ContainsSubstring(line));
  }
}

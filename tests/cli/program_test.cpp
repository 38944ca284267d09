// SPDX-License-Identifier: Apache-2.0
// The program as people and scripts meet it.
#include "tests/cli/program.h"

#include <cstdlib>
#include <fstream>

#include "host/core/text.h"
#include "runbook/value.h"
#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

using namespace runbook;
using namespace runbook::cli;

namespace {

const char* kDeploy = R"(local rb = require "runbook"
return rb.runbook {
  summary = "Deploy one colour",
  params = { service = rb.param.string { pattern = "^[a-z]+$", help = "what to deploy" }, colour = rb.param.enum { "blue", "green", default = "green" } },
  permissions = { net = { "https://{service}.example.org" } },
  run = function(p)
    rb.step("build", function() print("building", p.service, p.colour) end)
    rb.step("launch", function() rb.step("wait", function() rb.sleep(0.25) end) end)
    if p.service == "bad" then rb.step("push image", function() rb.fail("docker.auth", "unauthorized", { hint = "log in" }) end) end
  end,
}
)";

/// A directory with files to run and a state of its own.
class Workplace {
 public:
  Workplace() {
    ::setenv("RUNBOOK_STATE", file("state").c_str(), 1);
    ::setenv("XDG_CONFIG_HOME", file("config").c_str(), 1);
    write("deploy.lua", kDeploy);
  }
  ~Workplace() { ::unsetenv("RUNBOOK_STATE"); }
  std::string file(const std::string& name) const { return directory_.path() + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name)) << text;
    return file(name);
  }

 private:
  TempDirectory directory_;
};

}  // namespace

TEST_CASE("program: a script of one line prints it and nothing else") {
  const Workplace place;
  const Outcome outcome = run_program({place.write("hello.lua", "print('hello')")});
  CHECK(outcome.status == 0);
  CHECK(outcome.out == "hello\n");
  CHECK(outcome.err.empty());
  CHECK(run_program({"-e", "print(6 * 7)"}).out == "42\n");
}

TEST_CASE("program: a runbook's progress goes to stderr, its prints to stdout, and its run is remembered") {
  const Workplace place;
  const Outcome outcome = run_program({place.file("deploy.lua"), "--service=nmpi", "--colour", "blue"});
  CHECK(outcome.status == 0);
  CHECK(outcome.out == "building\tnmpi\tblue\n");
  CHECK_THAT(outcome.err, ContainsSubstring("step launch/wait\n"));
  CHECK_THAT(run_program({"history"}).out, ContainsSubstring("deploy.lua  Deploy one colour"));
  CHECK_THAT(run_program({"show"}).out, ContainsSubstring("done launch"));
  CHECK_THAT(run_program({"logs"}).out, ContainsSubstring("building\tnmpi\tblue"));
  auto history = from_json(run_program({"history", "--json"}).out);
  REQUIRE(history.ok());
  REQUIRE((*history)["runs"].items().size() == 1);
  CHECK((*history)["runs"].items()[0]["state"] == Value("done"));
}

TEST_CASE("program: a failure names file, line and step, and what leads on") {
  const Workplace place;
  const Outcome outcome = run_program({place.file("deploy.lua"), "--service=bad"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, ContainsSubstring("runbook: deploy.lua:9: step 'push image' failed\n  unauthorized (docker.auth)\n  hint: log in\n"));
  CHECK_THAT(outcome.err, ContainsSubstring("  resume: runbook resume "));
  CHECK_THAT(outcome.err, ContainsSubstring("  undo:   runbook undo "));
}

TEST_CASE("program: a replay that fails offers no way on, as it leaves nothing behind") {
  const Workplace place;
  const std::string cassette = place.file("deploy.cassette");
  REQUIRE(run_program({"record", place.file("deploy.lua"), "--service=nmpi", "-o", cassette}).status == 0);
  const Outcome outcome = run_program({"replay", cassette, place.file("deploy.lua"), "--service=bad"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, ContainsSubstring("step 'push image' failed"));
  CHECK_THAT(outcome.err, !ContainsSubstring("resume:") && !ContainsSubstring("undo:"));
}

TEST_CASE("program: bad input is refused at once with status 2") {
  const Workplace place;
  const std::string deploy = place.file("deploy.lua");
  CHECK_THAT(run_program({deploy, "--servce=x", "--colour=red"}).err,
             ContainsSubstring("did you mean '--service'?") && ContainsSubstring("expected one of blue, green"));
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{deploy, "--service=BAD"}, {deploy}, {"histroy"}, {place.file("none.lua")}, {}, {deploy, "--params", place.file("none")},
        {place.write("broken.lua", "local x = = 1")}, {"resume", "nothing"}, {"plan"}, {"-e", "x("}, {deploy, "--service=a", "--limit=cpu"}}) {
    INFO(join(arguments, " "));
    const Outcome outcome = run_program(arguments);
    CHECK(outcome.status == 2);
    CHECK_FALSE(outcome.err.empty());
    CHECK(outcome.out.empty());
  }
  CHECK(run_program({"history"}).out.empty());
}

TEST_CASE("program: --json writes one event a line, and errors as JSON too") {
  const Workplace place;
  const Outcome outcome = run_program({place.file("deploy.lua"), "--service=nmpi", "--json"});
  CHECK(outcome.err.empty());
  std::string last;
  for (const std::string& line : split(outcome.out, '\n')) {
    if (line.empty()) continue;
    auto event = from_json(line);
    REQUIRE(event.ok());
    CHECK((*event)["schema"] == Value(1));
    last = (*event)["event"].as_string();
  }
  CHECK(last == "run.end");
  CHECK(from_json(run_program({"history", "--jsn", "--json"}).out).value()["exit"] == Value(2));
}

TEST_CASE("program: parameters come from a file, and a log file keeps the events") {
  const Workplace place;
  const std::string params = place.write("params.json", R"({"service": "nmpi"})");
  CHECK(run_program({place.file("deploy.lua"), "--params", params, "--log-file", place.file("log")}).out == "building\tnmpi\tgreen\n");
  std::ifstream log(place.file("log"));
  std::string line;
  REQUIRE(std::getline(log, line));
  CHECK(from_json(line).value()["event"] == Value("run.start"));
}

TEST_CASE("program: a log that cannot be written is told once, and the run goes on and does not end with 0") {
  const Workplace place;
  const Outcome outcome = run_program({place.file("deploy.lua"), "--service=nmpi", "--log-file", "/dev/full"});
  CHECK(outcome.status == 1);
  CHECK(outcome.out == "building\tnmpi\tgreen\n");
  CHECK_THAT(outcome.err, ContainsSubstring("cannot write the log file '/dev/full', which ends here: No space left on device (log.write)"));
  CHECK(outcome.err.find("(log.write)") == outcome.err.rfind("(log.write)"));
  CHECK_THAT(run_program({"history"}).out, ContainsSubstring("done"));
  CHECK(run_program({place.file("deploy.lua"), "--service=BAD", "--log-file", "/dev/full"}).status == 2);
}

TEST_CASE("program: a plan is kept, and run from its file") {
  const Workplace place;
  CHECK(run_program({"plan", place.file("deploy.lua"), "--service=nmpi", "-o", place.file("plan.json")}).status == 0);
  CHECK(run_program({"run", "--plan", place.file("plan.json")}).out == "building\tnmpi\tgreen\n");
  CHECK(run_program({"run", "--plan", place.write("no.json", "{}")}).status == 2);
}

TEST_CASE("program: in a dry run what a path that is not known yet holds is not known either, whatever is permitted") {
  const Workplace place;
  const std::string script = place.write("read.lua", "local here = require 'machine'.here() print(here:read(here:run { 'true' }))");
  const Outcome outcome = run_program({"-n", script, "--allow", "run=true"});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, ContainsSubstring("(unknown)\n"));
}

TEST_CASE("program: a plain script is undone under the permissions that it is given again") {
  const Workplace place;
  const std::string script = place.write("write.lua", cat("require 'machine'.here():write('", place.file("note"), "', 'x')"));
  const std::string grant = cat("write=", place.file("note"));
  REQUIRE(run_program({script, "--allow", grant}).status == 0);
  const Outcome refused = run_program({"undo", "--allow", grant, "--deny", grant});
  CHECK(refused.status == 1);
  CHECK_THAT(refused.err, ContainsSubstring("permission.denied"));
  CHECK(run_program({"undo", "--allow", grant}).status == 0);
  CHECK_FALSE(std::ifstream(place.file("note")).good());
}

TEST_CASE("program: help, perms and check read a file without running it") {
  const Workplace place;
  const std::string deploy = place.file("deploy.lua");
  const Outcome help = run_program({deploy, "--help"});
  CHECK(help.status == 0);
  CHECK_THAT(help.out, ContainsSubstring("  --service TEXT       what to deploy (required)"));
  CHECK_THAT(run_program({"perms", deploy}).out, ContainsSubstring("net\thttps://{service}.example.org") || ContainsSubstring("net     https://{service}.example.org"));
  CHECK(run_program({"check", deploy}).status == 0);
  const Outcome values = run_program({"check", place.write("values.lua", R"(local rb = require "runbook"
    return rb.runbook { run = function() rb.step("a", { undo = rb.revert }, function() return rb.null end) end })")});
  CHECK(values.out == "");
  CHECK(values.status == 0);
  const Outcome check = run_program({"check", place.write("typo.lua", "local service = 1\nprint(servce)")});
  CHECK(check.status == 1);
  CHECK_THAT(check.out, ContainsSubstring("typo.lua:2:7: undeclared variable 'servce', did you mean 'service'?"));
}

TEST_CASE("program: a closed pipe ends a listing quietly, and a run goes on") {
  const Workplace place;
  Outcome outcome = run_into_closed_pipe({"-e", "for i = 1, 20000 do print('line', i) end"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  outcome = run_into_closed_pipe({"help"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
}

TEST_CASE("program: a full disk under stdout is an error") {
  const Workplace place;
  const std::string script = cat(RUNBOOK_PROGRAM, " -e 'print(1)' >/dev/full 2>/dev/null");
  const int status = std::system(script.c_str());
  CHECK(WEXITSTATUS(status) == 1);
}

TEST_CASE("program: streams that the caller closed are no files of the run") {
  const Workplace place;
  const std::string command = cat(RUNBOOK_PROGRAM, " -e 'print(1)' ");
  const int closed = std::system((command + ">&- 2>/dev/null").c_str());
  REQUIRE(WIFEXITED(closed));
  CHECK(WEXITSTATUS(closed) == 1);
  const int silent = std::system((command + "</dev/null >/dev/null 2>&-").c_str());
  REQUIRE(WIFEXITED(silent));
  CHECK(WEXITSTATUS(silent) == 0);
}

TEST_CASE("program: a terminal shows the running step in place and keeps its end") {
  const Workplace place;
  const Outcome outcome = run_on_terminal({place.file("deploy.lua"), "--service=nmpi", "--color=never"});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, ContainsSubstring("\x1b[2A\x1b[J"));
  CHECK_THAT(outcome.out, ContainsSubstring("\xE2\x9C\x93 build"));
  CHECK_THAT(outcome.out, ContainsSubstring("\xE2\x9C\x93 launch"));
  CHECK(outcome.out.find("\x1b[3") == std::string::npos);
}

TEST_CASE("program: a missing parameter is asked for on a terminal, and Ctrl-C ends the question") {
  const Workplace place;
  const Outcome answered = run_on_terminal({place.file("deploy.lua")}, "nmpi\n");
  CHECK(answered.status == 0);
  CHECK_THAT(answered.out, ContainsSubstring("building\tnmpi") || ContainsSubstring("building"));
  CHECK(run_on_terminal({place.file("deploy.lua")}, "\x03").status == 130);
  CHECK(run_on_terminal({place.file("deploy.lua"), "--no-input"}).status == 2);
}

TEST_CASE("program: Ctrl-C cancels a run, which can be resumed") {
  const Workplace place;
  const Outcome outcome = run_on_terminal({place.write("slow.lua", "local rb = require 'runbook'\nreturn rb.runbook { run = function() rb.step('s', function() rb.sleep(60) end) end }")}, "\x03");
  CHECK(outcome.status == 130);
  CHECK_THAT(outcome.out, ContainsSubstring("runbook resume "));
  CHECK_THAT(run_program({"history"}).out, ContainsSubstring("cancelled"));
}

TEST_CASE("program: Ctrl-C ends a script that computes") {
  const Workplace place;
  const Outcome outcome = run_on_terminal({"--limit=cpu=1h", place.write("busy.lua", "while true do end")}, "\x03");
  CHECK(outcome.status == 130);
}

TEST_CASE("program: secrets are kept, listed and taken away") {
  const Workplace place;
  CHECK(run_program({"secret", "keygen"}).status == 0);
  CHECK(run_program({"secret", "keygen"}).status != 0);
  CHECK(run_program({"secret", "get"}).status == 2);
  CHECK_THAT(run_program({"secret", "lst"}).err, ContainsSubstring("did you mean 'list'?"));
}

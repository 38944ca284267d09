// SPDX-License-Identifier: Apache-2.0
// The functions of machine.lua, run through a host: what they change, that a second run changes nothing, and that a
// dry run is true.
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "host/core/process.h"
#include "runbook/host.h"
#include "tests/support/temp_directory.h"

namespace runbook::machine {
extern const Module kModule;
}

using namespace runbook;

namespace {

class MachineHost {
 public:
  MachineHost() {
    host_.add(machine::kModule);
    setenv("RUNBOOK_STATE", (state_ / "processes").c_str(), 1);
    std::filesystem::create_directory(state_ / "processes");
  }
  ~MachineHost() { unsetenv("RUNBOOK_STATE"); }

  RunReport run(const std::string& body, Mode mode = Mode::kApply) {
    RunOptions options;
    options.file = directory.file("test.lua", "local machine = require 'machine'\nlocal here = machine.here()\n" + body);
    options.mode = mode;
    options.yes = true;
    options.allow = {"write=" + directory.path(), "run=sh", "run=sleep", "run=process:test-*"};
    options.state_directory = state_ / "runs";
    events.clear();
    printed.clear();
    options.on_event = [this](const Value& event) {
      if (event["event"].as_string() == "print") printed += event["text"].as_string() + "\n";
      events.push_back(event);
    };
    RunReport report = host_.run(options);
    INFO((report.error ? report.error->code + ": " + report.error->message : "no error"));
    CHECK(report.exit == expected_exit);
    if (report.error) error = *report.error;
    return report;
  }
  std::string diffs() const {
    std::string all;
    for (const Value& event : events) all += event["diff"].as_string();
    return all;
  }

  TempDirectory directory;
  std::vector<Value> events;
  std::string printed;
  Error error;
  int expected_exit = 0;

 private:
  TempDirectory state_;
  Host host_;
};

// Plans it, does it, and does it again: the plan changes nothing, and neither does the second time.
void check_ensure(MachineHost& host, const std::string& body, int changes) {
  const RunReport planned = host.run(body, Mode::kDryRun);
  CHECK(planned.planned == changes);
  const std::string plan = host.diffs();
  CHECK(host.run(body).changed == changes);
  if (!plan.empty()) CHECK(host.diffs() == plan);
  CHECK(host.run(body).changed == 0);
  CHECK(host.run(body, Mode::kDryRun).planned == 0);
}

}  // namespace

TEST_CASE_METHOD(MachineHost, "machine: file_ensure makes, changes and leaves alone", "[machine]") {
  check_ensure(*this, "print(select(2, here:file_ensure { path = 'f', content = 'a\\nb\\n', mode = '0640' }))", 1);
  CHECK(directory.content("f") == "a\nb\n");
  run("here:file_ensure { path = 'f', content = 'a\\nc\\n' }", Mode::kDryRun);
  CHECK_THAT(diffs(), ContainsSubstring("-b\n+c\n"));
  CHECK(directory.content("f") == "a\nb\n");
  check_ensure(*this, "here:file_ensure { path = 'f', mode = '0600' }", 1);
  CHECK(directory.content("f") == "a\nb\n");
}

TEST_CASE_METHOD(MachineHost, "machine: an ensure says whether it changed anything", "[machine]") {
  run("print(select(2, here:file_ensure { path = 'f', content = 'x' }))\nprint(select(2, here:file_ensure { path = 'f', content = 'x' }))");
  CHECK(printed == "true\nfalse\n");
}

TEST_CASE_METHOD(MachineHost, "machine: an ensure does not replace what is of another kind", "[machine]") {
  std::filesystem::create_directory(directory / "d");
  directory.file("f", "x");
  expected_exit = 1;
  for (const char* body : {"here:file_ensure { path = 'd', content = 'x' }", "here:directory_ensure { path = 'f' }",
                           "here:link_ensure { path = 'f', to = 'd' }", "here:line_ensure { path = 'd', line = 'x' }"}) {
    run(body);
    CHECK(error.code == "machine.not_regular");
  }
}

TEST_CASE_METHOD(MachineHost, "machine: directories and links are ensured", "[machine]") {
  check_ensure(*this, "here:directory_ensure { path = 'a/b', mode = '0750' }", 1);
  check_ensure(*this, "here:directory_ensure { path = 'a/b', mode = '0700' }", 1);
  check_ensure(*this, "here:link_ensure { path = 'l', to = 'a' }", 1);
  check_ensure(*this, "here:link_ensure { path = 'l', to = 'a/b' }", 1);
  CHECK(std::filesystem::read_symlink(directory / "l") == "a/b");
}

TEST_CASE_METHOD(MachineHost, "machine: a plan goes on into a directory that is not there yet", "[machine]") {
  const std::string body = "here:directory_ensure { path = 'new' }\nhere:file_ensure { path = 'new/f', content = 'x' }\n"
                           "here:line_ensure { path = 'new/f', line = 'y' }\nhere:link_ensure { path = 'new/l', to = 'f' }";
  CHECK(run(body, Mode::kDryRun).planned == 4);
  CHECK_FALSE(std::filesystem::exists(directory / "new"));
  CHECK(run(body).changed == 4);
  CHECK(directory.content("new/f") == "x\ny\n");
}

TEST_CASE_METHOD(MachineHost, "machine: lines are added, replaced and removed", "[machine]") {
  const auto lines = [&](const char* before, const std::string& options) {
    directory.file("f", before);
    run("here:line_ensure { path = 'f', " + options + " }");
    const std::string after = directory.content("f");
    CHECK(run("here:line_ensure { path = 'f', " + options + " }").changed == 0);
    return after;
  };
  CHECK(lines("a\n", "line = 'b'") == "a\nb\n");
  CHECK(lines("a", "line = 'b'") == "a\nb\n");
  CHECK(lines("a\nb\n", "line = 'a'") == "a\nb\n");
  CHECK(lines("#x 1\ny\n", "line = 'x 2', match = '^#?x '") == "x 2\ny\n");
  CHECK(lines("a\nc\n", "line = 'b', after = '^a'") == "a\nb\nc\n");
  CHECK(lines("a\nc\n", "line = 'b', before = '^c'") == "a\nb\nc\n");
  CHECK(lines("a\nb\na\n", "line = 'a', state = 'absent'") == "b\n");
  CHECK(lines("x 1\nb\n", "match = '^x', state = 'absent'") == "b\n");
  expected_exit = 1;
  run("here:line_ensure { path = 'f' }");
  CHECK(error.code == "argument.invalid");
}

TEST_CASE_METHOD(MachineHost, "machine: line_ensure makes a file, and shows its diff", "[machine]") {
  check_ensure(*this, "here:line_ensure { path = 'f', line = 'a' }", 1);
  run("here:line_ensure { path = 'f', line = 'b' }", Mode::kDryRun);
  CHECK_THAT(diffs(), ContainsSubstring(" a\n+b\n"));
}

TEST_CASE_METHOD(MachineHost, "machine: process_ensure starts, leaves alone and replaces", "[machine]") {
  const auto ensure = [&](const char* seconds) {
    return run(std::string("local p, changed = here:process_ensure { name = 'test-sleep', argv = { 'sleep', '") + seconds +
               "' } }\nprint(p.pid, changed)");
  };
  CHECK(run("here:process_ensure { name = 'test-sleep', argv = { 'sleep', '1000' } }", Mode::kDryRun).planned == 1);
  CHECK(ensure("1000").changed == 1);
  const pid_t first = std::stoi(printed);
  CHECK(ensure("1000").changed == 0);
  CHECK(std::stoi(printed) == first);
  CHECK(ensure("1001").changed == 1);
  const pid_t second = std::stoi(printed);
  CHECK(second != first);
  CHECK(process_start_ticks(first) == 0);
  run("here:process_stop 'test-sleep'");
  CHECK(process_start_ticks(second) == 0);
  for (const pid_t pid : {first, second}) waitpid(pid, nullptr, 0);  // their parent would else have been gone
}

TEST_CASE_METHOD(MachineHost, "machine: a link cannot lead out of what is permitted", "[machine]") {
  TempDirectory outside;
  outside.file("f", "secret");
  REQUIRE(symlink(outside.path().c_str(), (directory / "link").c_str()) == 0);
  expected_exit = 5;
  run("print(here:read 'link/f')");
  run("here:write('link/g', 'x')");
  run("here:file_ensure { path = 'link/g', content = 'x' }");
  run("here:run { 'true' }");
  CHECK(printed.empty());
  CHECK_FALSE(std::filesystem::exists(outside / "g"));
}

TEST_CASE_METHOD(MachineHost, "machine: programs run through the host, and hand on their lines", "[machine]") {
  run("local r = here:run({ 'sh', '-c', 'echo one; echo two' }, { on_line = function(e) print(e.stream, e.line) end })\nprint(#r.stdout)");
  CHECK(printed == "stdout\tone\nstdout\ttwo\n8\n");
  run("print(here:query({ 'sh', '-c', 'pwd' }, { cwd = '.' }).stdout)", Mode::kDryRun);
  CHECK_THAT(printed, ContainsSubstring(directory.path()));
  run("here:run { 'sh', '-c', 'touch f' }", Mode::kDryRun);
  CHECK_FALSE(std::filesystem::exists(directory / "f"));
  expected_exit = 1;
  run("here:run { 'sh', '-c', 'echo broken >&2; exit 3' }");
  CHECK(error.code == "machine.exit");
  CHECK(error.context["output"] == "broken");
  run("here:run({ 'sh', '-c', 'echo slow; sleep 1000' }, { timeout = 0.2 })");
  CHECK(error.code == "machine.timeout");
  CHECK(error.context["output"] == "slow");
}

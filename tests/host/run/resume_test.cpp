// SPDX-License-Identifier: Apache-2.0
#include "tests/host/run/host_fixture.h"

using namespace runbook;

namespace {

const char* const kThreeSteps = R"(
local rb = require 'runbook'
local fake = require 'fake'
return rb.runbook {
  permissions = { fake = { 'here' } },
  run = function()
    rb.step('first', function() fake.create('a') fake.create('b') end)
    rb.step('second', function() fake.create('c') fake.remove('b') end)
    fake.create('d')
  end,
})";

}  // namespace

TEST_CASE_METHOD(HostFixture, "resume: killed after any effect, a run ends as if nothing had happened", "[host]") {
  const char* call = GENERATE("create a", "create b", "create c", "remove b", "create d");
  CAPTURE(call);
  run_and_die_after(kThreeSteps, call, {.yes = true});
  const RunReport resumed = run_file({.mode = Mode::kResume, .run_id = "last", .redo = {}, .yes = true});
  if (std::string(call) == "remove b") {
    // Removing has no probe here and the step does not say that it is idempotent: a person decides.
    CHECK(resumed.exit == 7);
    REQUIRE(resumed.error);
    CHECK(resumed.error->code == "resume.unknown");
    CHECK_THAT(resumed.error->hint, ContainsSubstring("--accept 'second'"));
    const RunReport accepted = run_file({.mode = Mode::kResume, .run_id = "last", .accept = {"second"}, .yes = true});
    CHECK(accepted.exit == 0);
  } else {
    INFO((resumed.error ? resumed.error->message : ""));
    CHECK(resumed.exit == 0);
  }
  std::string left;
  for (const auto& [name, text] : FakeWorld::things) left += name;
  CHECK(left == "acd");
  for (const std::string& done : FakeWorld::calls) CHECK(done != call);
}

TEST_CASE_METHOD(HostFixture, "resume: a step's check decides whether an interrupted step happened", "[host]") {
  const std::string text = R"(
local rb = require 'runbook'
local fake = require 'fake'
return rb.runbook {
  permissions = { fake = { 'here' } },
  run = function()
    local made = rb.step('make', { check = function() return fake.find('a') ~= nil, 'found' end }, function() fake.create('a') return 'made' end)
    print(made)
  end,
})";
  run_and_die_after(text, "create a");
  CHECK(run_file({.mode = Mode::kResume, .run_id = "last"}).exit == 0);
  CHECK(printed == "found\n");
}

TEST_CASE_METHOD(HostFixture, "resume: a run that finished is refused", "[host]") {
  const RunReport done = run(kThreeSteps, {.yes = true});
  REQUIRE(done.exit == 0);
  CHECK(run_file({.mode = Mode::kResume, .run_id = done.id}).exit != 0);
}

TEST_CASE_METHOD(HostFixture, "resume: an unknown run is refused with 2", "[host]") {
  CHECK(run_file({.mode = Mode::kResume, .run_id = "nosuch"}).exit == 2);
}

TEST_CASE_METHOD(HostFixture, "undo: what has no undo function is put back by rb.revert from what was there before", "[host]") {
  const std::string text = R"(
local rb = require 'runbook'
local fake = require 'fake'
return rb.runbook {
  permissions = { fake = { 'here' } }, on_failure = 'undo',
  run = function()
    rb.step('two', { undo = rb.revert }, function()
      fake.create('a')
      fake.create('b')
      rb.fail('x.y', 'in the middle')
    end)
  end,
})";
  const RunReport report = run(text);
  CHECK(report.exit == 1);
  CHECK(FakeWorld::things.empty());
  CHECK(FakeWorld::calls == std::vector<std::string>{"create a", "create b", "revert create b", "revert create a"});
}

TEST_CASE_METHOD(HostFixture, "confirm: a destructive effect that nobody confirms is refused with 7", "[host]") {
  const RunReport report = run("require('fake').remove('a')", {.allow = {"fake=here"}});
  CHECK(report.exit == 7);
  CHECK(FakeWorld::calls.empty());
}

TEST_CASE_METHOD(HostFixture, "plan: running a saved plan stops before the first effect that differs", "[host]") {
  const RunReport planned = run(kThreeSteps, {.mode = Mode::kDryRun});
  REQUIRE(planned.plan["effects"].items().size() == 5);
  std::string other = kThreeSteps;
  other.replace(other.find("fake.create('d')"), 16, "fake.create('e')");
  const RunReport stopped = run(other, {.yes = true, .plan = planned.plan});
  CHECK(stopped.exit == 7);
  CHECK(FakeWorld::things.count("e") == 0);
}

TEST_CASE_METHOD(HostFixture, "secrets: a secret reaches the primitive and no output", "[host]") {
  write(".env", "TOKEN=hunter2-and-more\n");
  const RunReport report = run(R"(
local rb = require 'runbook'
local fake = require 'fake'
return rb.runbook {
  secrets = { 'TOKEN' }, permissions = { fake = { 'here' } },
  run = function()
    local token = rb.secret 'TOKEN'
    fake.create('a', { text = 'Bearer ' .. token })
    print(token, 'x' .. token, string.format('%s!', token), fake.upper(token))
    local leak = fake.find('a').text
    print(leak)
    error(leak)
  end,
})");
  CHECK(report.exit == 1);
  CHECK(FakeWorld::things["a"] == "Bearer hunter2-and-more");
  for (const Value& event : events) CHECK(to_json(event).find("hunter2") == std::string::npos);
}

TEST_CASE_METHOD(HostFixture, "secrets: a missing one is refused with 2 before anything starts", "[host]") {
  const RunReport report = run(R"(
local rb = require 'runbook'
return rb.runbook { secrets = { 'NOT_THERE_AT_ALL' }, run = function() print('ran') end })");
  CHECK(report.exit == 2);
  CHECK(printed.empty());
}

TEST_CASE_METHOD(HostFixture, "locks: a second run of the same lock is refused with 6 and told who holds it", "[host]") {
  const std::string text = R"(
local rb = require 'runbook'
local fake = require 'fake'
return rb.runbook { permissions = { fake = { 'here' } }, lock = 'deploy', run = function() fake.create('a') end })";
  FakeWorld::stop_dead_on = "";
  int ready[2], go[2];
  REQUIRE(pipe(ready) == 0);
  REQUIRE(pipe(go) == 0);
  const pid_t child = fork();
  if (child == 0) {
    RunOptions options;
    options.file = write("holder.lua", text);
    options.state_directory = directory() + "/state";
    options.on_event = [&](const Value& event) {
      if (event["event"].as_string() != "run.start") return;
      char byte = 'x';
      [[maybe_unused]] auto written = ::write(ready[1], &byte, 1);
      [[maybe_unused]] auto taken = ::read(go[0], &byte, 1);
    };
    const RunReport report = host().run(options);
    if (report.error) fprintf(stderr, "%s: %s\n", report.error->code.c_str(), report.error->message.c_str());
    _exit(0);
  }
  close(ready[1]);
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  const RunReport report = run(text);
  CHECK(report.exit == 6);
  REQUIRE(report.error);
  CHECK(report.error->code == "lock.held");
  REQUIRE(::write(go[1], &byte, 1) == 1);
  waitpid(child, nullptr, 0);
  CHECK(run(text).exit == 0);
}

TEST_CASE_METHOD(HostFixture, "sandbox: assigning to a library does not reach the Lua that is built in", "[host]") {
  const RunReport report = run(R"(
table.unpack = function() error('poisoned') end
pcall = nil
string.format = nil
print(require('runbook').try(function() return 1 end)))", {});
  INFO((report.error ? report.error->message : ""));
  CHECK(report.exit == 0);
  CHECK(printed == "1\n");
}

TEST_CASE_METHOD(HostFixture, "steps: one that failed may be tried again, and one that is done may not", "[host]") {
  const RunReport report = run(R"(
local rb = require 'runbook'
return rb.runbook { run = function()
  print(rb.retry({ attempts = 3, delay = 0 }, function(attempt)
    return rb.step('flaky', function() if attempt < 3 then error('not yet') end return attempt end)
  end))
  print(select(2, rb.try(rb.step, 'flaky', function() end)).code)
end })");
  CHECK(report.exit == 0);
  CHECK(printed == "3\nstep.duplicate\n");
}

TEST_CASE_METHOD(HostFixture, "steps: what a resumed run could not have back is no key and no result", "[host]") {
  const RunReport report = run(R"(
local rb = require 'runbook'
local fake = require 'fake'
return rb.runbook { run = function()
  print(select(2, rb.try(rb.step, 'a', { key = {} }, function() end)).code)
  print(select(2, rb.try(rb.step, 'b', function() return function() end end)).code)
  print(rb.step('c', { key = 7 }, function() return { false, { deep = 'x' } } end)[2].deep)
end })");
  CHECK(report.exit == 0);
  CHECK(printed == "argument.invalid\nstep.result\nx\n");
}

// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include "tests/host/run/host_fixture.h"

using namespace runbook;

namespace {

/// A host that is interrupted when the script prints "go".
class Interrupted : public HostFixture {
 public:
  Interrupted() {
    on_event = [this](const Value& event) {
      if (event["event"].as_string() == "print" && event["text"].as_string() == "go") host().interrupt();
    };
  }
  /// Runs, and fails where that took as long as the limit on computing allows.
  RunReport run_briefly(const std::string& text, RunOptions options = {}) {
    const auto before = std::chrono::steady_clock::now();
    const RunReport report = run(text, std::move(options));
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(5));
    return report;
  }
};

const char* const kClosing = "local closing <close> = setmetatable({}, { __close = function() print('closed') end })\n";

}  // namespace

TEST_CASE("interrupt: a script that computes is cancelled in the middle of it") {
  for (const char* const loop :
       {"while true do end", "while true do pcall(function() while true do end end) end",
        "coroutine.wrap(function() while true do end end)()", "for i = 1, 1e9 do local x = ('x'):rep(10):find('y') end",
        "load('while true do end')()", "require('runbook').parallel { a = function() while true do end end }"}) {
    INFO(loop);
    Interrupted fixture;
    const RunReport report = fixture.run_briefly(std::string(kClosing) + "print('go') " + loop);
    CHECK(report.exit == exit_code::kInterrupted);
    CHECK(report.state == "cancelled");
    CHECK(fixture.printed == "go\nclosed\n");
  }
}

TEST_CASE_METHOD(Interrupted, "interrupt: a step that computes is on record as cancelled, and is begun again") {
  const std::string text = R"(
local rb = require 'runbook'
return rb.runbook { run = function()
  rb.step('one', function() print('one') end)
  rb.step('two', function() print('go') while true do end end)
end })";
  CHECK(run_briefly(text).exit == exit_code::kInterrupted);
  on_event = [](const Value&) {};
  const RunReport again = run_file({.mode = Mode::kResume, .run_id = "last", .limits = {"cpu=100ms"}});
  CHECK(again.exit == exit_code::kCpu);
  CHECK(printed == "go\n");
}

TEST_CASE_METHOD(Interrupted, "interrupt: a file that computes while it loads is refused") {
  const RunReport report = run_briefly(
      "local rb = require 'runbook' print('go') while true do end return rb.runbook { run = function() end }");
  CHECK(report.exit == exit_code::kInterrupted);
  CHECK(report.state == "refused");
}

TEST_CASE_METHOD(Interrupted, "interrupt: what cleans up and undoes afterwards may compute") {
  const RunReport report = run_briefly(R"(
local rb = require 'runbook'
local function compute() local t = 0 for i = 1, 2e7 do t = t + i end return t end
return rb.runbook { on_failure = 'undo', run = function()
  rb.step('one', { undo = function() compute() print('undone') end }, function() end)
  local closing <close> = setmetatable({}, { __close = function() compute() print('closed') end })
  print('go')
  while true do end
end })");
  CHECK(report.exit == exit_code::kInterrupted);
  CHECK(printed == "go\nclosed\nundone\n");
}

TEST_CASE_METHOD(Interrupted,
                 "interrupt: a script with a budget of instructions is cancelled too, and goes on counting") {
  CHECK(run_briefly("print('go') while true do end", {.limits = {"instructions=1000000000000"}}).exit ==
        exit_code::kInterrupted);
  const char* const cleaning =
      "local c <close> = setmetatable({}, { __close = function() while true do end end }) print('go') while true do "
      "end";
  Interrupted other;
  const RunReport report = other.run_briefly(cleaning, {.limits = {"instructions=200000000"}});
  REQUIRE(report.error);
  CHECK(report.error->code == "limit.instructions");
}

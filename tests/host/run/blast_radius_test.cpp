// SPDX-License-Identifier: Apache-2.0
// `limits = { changes = N, destroys = N }` and --limit, in whole runs.
#include "tests/host/run/host_fixture.h"

using namespace runbook;

namespace {

std::string runbook_of(const std::string& body, const std::string& more = "") {
  return "local rb = require 'runbook'\nlocal fake = require 'fake'\nreturn rb.runbook { " + more +
         "permissions = { fake = { 'here' } }, run = function()\n" + body + "\nend }";
}

const char* kThree =
    "for _, name in ipairs { 'a', 'b', 'c' } do rb.step('make ' .. name, { undo = rb.revert }, function() "
    "fake.create(name) end) end";

}  // namespace

TEST_CASE_METHOD(HostFixture, "limits: a run makes the changes it may, and ends with 12 before the next one",
                 "[host]") {
  const RunReport report = run(runbook_of(kThree, "limits = { changes = 2 }, "));
  CHECK(report.exit == exit_code::kLimit);
  REQUIRE(report.error);
  CHECK(report.error->code == "limit.blast_radius");
  CHECK_THAT(report.error->hint, ContainsSubstring("--limit changes=3"));
  CHECK(FakeWorld::things.size() == 2);
}

TEST_CASE_METHOD(HostFixture, "limits: the command line's count of changes and removals stands over the declared one",
                 "[host]") {
  CHECK(run(runbook_of(kThree, "limits = { changes = 2 }, "), {.limits = {"changes=3"}}).exit == 0);
  FakeWorld::things.clear();
  CHECK(run(runbook_of(kThree), {.limits = {"changes=1"}}).exit == exit_code::kLimit);
  const std::string removes = runbook_of("fake.remove('a') fake.remove('b')", "limits = { destroys = 1 }, ");
  CHECK(run(removes, {.yes = true}).exit == exit_code::kLimit);
  CHECK(run(removes, {.limits = {"destroys=2"}, .yes = true}).exit == 0);
}

TEST_CASE_METHOD(HostFixture, "limits: a dry run stops where the run would", "[host]") {
  const RunReport report = run(runbook_of(kThree), {.mode = Mode::kDryRun, .limits = {"changes=2"}});
  CHECK(report.exit == exit_code::kLimit);
  CHECK(report.planned == 2);
  CHECK(FakeWorld::calls.empty());
}

TEST_CASE_METHOD(HostFixture, "limits: a resumed run goes on counting", "[host]") {
  const std::string text = runbook_of(kThree, "limits = { changes = 2 }, ");
  REQUIRE(run(text).exit == exit_code::kLimit);
  CHECK(run_file({.mode = Mode::kResume, .run_id = "last"}).exit == exit_code::kLimit);
  CHECK(FakeWorld::things.size() == 2);
  CHECK(run_file({.mode = Mode::kResume, .run_id = "last", .limits = {"changes=3"}}).exit == 0);
  CHECK(FakeWorld::things.size() == 3);
}

TEST_CASE_METHOD(HostFixture, "limits: undoing is not held up by the limit that ended the run", "[host]") {
  const std::string how = GENERATE("by itself", "afterwards");
  const std::string undo = "{ undo = function() fake.remove('a') end }";
  const std::string text = runbook_of("rb.step('one', " + undo + ", function() fake.create('a') end) fake.create('b')",
                                      "limits = { changes = 1, destroys = 1 }, ");
  RunOptions options{.yes = true};
  if (how == "by itself") options.on_failure = "undo";
  CHECK(run(text, options).exit == exit_code::kLimit);
  if (how == "afterwards") CHECK(run_file({.mode = Mode::kUndo, .run_id = "last", .yes = true}).exit == 0);
  CHECK(FakeWorld::things.empty());
}

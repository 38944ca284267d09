// SPDX-License-Identifier: Apache-2.0
#include "tests/host/run/host_fixture.h"

using namespace runbook;

namespace {

std::string runbook_of(const std::string& body, const std::string& more = "") {
  return "local rb = require 'runbook'\nlocal fake = require 'fake'\nreturn rb.runbook { " + more +
         "permissions = { fake = { 'here' } }, run = function()\n" + body + "\nend }";
}

std::string things() {
  std::string names;
  for (const auto& [name, text] : FakeWorld::things) names += name;
  return names;
}

RunOptions undo() { return {.mode = Mode::kUndo, .run_id = "last", .yes = true}; }

// What was called since, one a line.
std::string calls_from(std::size_t first) {
  std::string out;
  for (std::size_t i = first; i < FakeWorld::calls.size(); ++i) out += FakeWorld::calls[i] + "\n";
  return out;
}

}  // namespace

TEST_CASE_METHOD(HostFixture, "undo: a dry run of it shows what it would change and changes nothing", "[host]") {
  const std::string text = runbook_of(R"(
rb.step('one', { undo = rb.revert }, function() fake.create('a') end)
rb.step('two', { undo = function() fake.remove('b') end }, function() fake.create('b') end))");
  REQUIRE(run(text).exit == 0);
  RunOptions dry = undo();
  dry.dry_undo = true;
  const std::size_t calls = FakeWorld::calls.size();
  const RunReport report = run_file(dry);
  CHECK(report.exit == 0);
  CHECK(report.state == "planned");
  CHECK(report.planned == 2);
  CHECK(report.changed == 0);
  CHECK(things() == "ab");
  CHECK(FakeWorld::calls.size() == calls);
  CHECK(run_file(undo()).exit == 0);
  CHECK(things().empty());
}

TEST_CASE_METHOD(HostFixture, "undo: a run that failed outside any step is undone", "[host]") {
  REQUIRE(run(runbook_of("rb.step('one', { undo = rb.revert }, function() fake.create('a') end) error('boom')")).exit == 1);
  const RunReport report = run_file(undo());
  CHECK(report.exit == 0);
  CHECK(report.state == "undone");
  CHECK(things().empty());
}

TEST_CASE_METHOD(HostFixture, "undo: what a step did before it failed is put back", "[host]") {
  FakeWorld::fail_on = "create b";
  REQUIRE(run(runbook_of("rb.step('one', { undo = function() end }, function() fake.create('a') fake.create('b') end)")).exit == 1);
  REQUIRE(things() == "a");
  CHECK(run_file(undo()).exit == 0);
  CHECK(things().empty());
}

TEST_CASE_METHOD(HostFixture, "undo: steps that finished inside one that failed are undone", "[host]") {
  REQUIRE(run(runbook_of(R"(
rb.step('outer', function()
  rb.step('inner', { undo = function() fake.remove('a') end }, function() fake.create('a') end)
  error('boom')
end))")).exit == 1);
  CHECK(run_file(undo()).exit == 0);
  CHECK(things().empty());
}

TEST_CASE_METHOD(HostFixture, "undo: steps that finished beside one that failed are undone", "[host]") {
  FakeWorld::fail_on = "create z";
  REQUIRE(run(runbook_of(R"(
rb.each({ 'z', 'a', 'b' }, { collect = true }, function(name)
  rb.step('make', { undo = rb.revert }, function() fake.create(name) end)
end)
error('boom'))")).exit == 1);
  REQUIRE(things() == "ab");
  CHECK(run_file(undo()).exit == 0);
  CHECK(things().empty());
}

TEST_CASE_METHOD(HostFixture, "undo: a step is not done again where its check fails by now", "[host]") {
  REQUIRE(run(runbook_of(R"(
rb.step('one', { undo = function() print('undone') end, check = function() return fake.find('a') ~= nil end }, function() fake.create('a') end)
error('boom'))")).exit == 1);
  FakeWorld::things.clear();
  const std::size_t calls = FakeWorld::calls.size();
  CHECK(run_file(undo()).exit == 0);
  CHECK(printed == "undone\n");
  CHECK(FakeWorld::calls.size() == calls);
}

TEST_CASE_METHOD(HostFixture, "undo: a finished step that the changed file does not come to any more is named", "[host]") {
  REQUIRE(run(runbook_of("rb.step('one', { undo = rb.revert }, function() fake.create('a') end) error('boom')")).exit == 1);
  write("test.lua", runbook_of("print('nothing')"));
  const RunReport report = run_file(undo());
  CHECK(report.exit == 1);
  REQUIRE(report.error);
  CHECK(report.error->code == "undo.incomplete");
  CHECK_THAT(report.error->message, ContainsSubstring("'one'"));
}

TEST_CASE_METHOD(HostFixture, "undo: what is told again counts as no change", "[host]") {
  REQUIRE(run(runbook_of("fake.create('a') rb.step('one', { undo = rb.revert }, function() fake.create('b') end)")).exit == 0);
  const RunReport report = run_file(undo());
  CHECK(report.exit == 0);
  CHECK(report.changed == 2);
  CHECK(things().empty());
}

TEST_CASE_METHOD(HostFixture, "undo: goes on after a step that a person took as done", "[host]") {
  const std::string text = runbook_of(R"(
rb.step('one', { undo = rb.revert }, function() fake.create('a') end)
rb.step('two', function() fake.create('b') end)
rb.step('three', { undo = rb.revert }, function() fake.create('c') end))");
  FakeWorld::fail_on = "create b";
  REQUIRE(run(text).exit == 1);
  REQUIRE(run_file({.mode = Mode::kResume, .run_id = "last", .accept = {"two"}}).exit == 0);
  REQUIRE(things() == "ac");
  CHECK(run_file(undo()).exit == 0);
  CHECK(things().empty());
}

TEST_CASE_METHOD(HostFixture, "resume: a flag for a step that the run has not is refused with 2", "[host]") {
  REQUIRE(run(runbook_of("rb.step('pull', function() error('boom') end)")).exit == 1);
  const RunReport report = run_file({.mode = Mode::kResume, .run_id = "last", .redo = {"pul"}});
  CHECK(report.exit == 2);
  REQUIRE(report.error);
  CHECK_THAT(report.error->message, ContainsSubstring("did you mean 'pull'?"));
}

TEST_CASE_METHOD(HostFixture, "secrets: one in the title or key of a step is not kept", "[host]") {
  write(".env", "TOKEN=hunter2-and-more\n");
  const std::string text = runbook_of(R"(
rb.step('with ' .. fake.find('x').text, { key = rb.secret 'TOKEN' }, function() fake.create('a') end)
error('boom'))", "secrets = { 'TOKEN' }, ");
  FakeWorld::things["x"] = "hunter2-and-more";
  REQUIRE(run(text).exit == 1);
  std::string kept;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory() + "/state")) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    kept.append(std::istreambuf_iterator<char>(in), {});
  }
  CHECK_THAT(kept, ContainsSubstring("with ***"));
  CHECK(kept.find("hunter2") == std::string::npos);
  // It is the same step all the same.
  CHECK(run_file({.mode = Mode::kResume, .run_id = "last"}).exit == 1);
  CHECK(std::count(FakeWorld::calls.begin(), FakeWorld::calls.end(), "create a") == 1);
}

TEST_CASE_METHOD(HostFixture, "secrets: an error whose text is one is shown starred", "[host]") {
  write(".env", "TOKEN=hunter2-and-more\n");
  const RunReport report = run(runbook_of("error('no entry for ' .. rb.secret 'TOKEN')", "secrets = { 'TOKEN' }, "));
  REQUIRE(report.error);
  CHECK(report.error->message == "***");
}

TEST_CASE_METHOD(HostFixture, "undo: goes on behind a failure that the script went on from", "[host]") {
  FakeWorld::fail_on = "create x";
  REQUIRE(run(runbook_of(R"(
rb.try(fake.create, 'x')
rb.step('one', { undo = rb.revert }, function() rb.try(fake.create, 'x') fake.create('a') end)
error('boom'))")).exit == 1);
  REQUIRE(things() == "a");
  CHECK(run_file(undo()).exit == 0);
  CHECK(things().empty());
}

TEST_CASE_METHOD(HostFixture, "secrets: a secret parameter is in no output, is not kept, and is wanted again by a resumed run", "[host]") {
  const std::string text = runbook_of(R"(
fake.create('a')
print(fake.find('x').text)
rb.step('use', function() fake.create('b', { text = p.pw }) error('bad ' .. fake.find('x').text) end))",
                                      "params = { pw = rb.param.string { secret = true } }, ");
  std::string with_parameter = text;
  with_parameter.replace(with_parameter.find("function()"), 10, "function(p)");
  FakeWorld::things["x"] = "otherpass99";
  FakeWorld::fail_on = "create b";
  const Value given = Value::object({{"pw", "otherpass99"}});
  REQUIRE(run(with_parameter, {.params_file = given}).exit == 1);
  CHECK(printed == "***\n");
  for (const Value& event : events) CHECK(to_json(event).find("otherpass") == std::string::npos);
  const RunReport without = run_file({.mode = Mode::kResume, .run_id = "last"});
  CHECK(without.exit == 2);
  FakeWorld::fail_on.clear();
  CHECK(run_file({.mode = Mode::kResume, .run_id = "last", .params_file = given}).exit == 1);
  CHECK(FakeWorld::things["b"] == "otherpass99");
}

TEST_CASE_METHOD(HostFixture, "undo: a change that cannot be put back is no success", "[host]") {
  FakeWorld::things["a"] = "";
  REQUIRE(run(runbook_of("rb.step('one', { undo = rb.revert }, function() fake.remove('a') fake.create('b') end)"), {.yes = true}).exit == 0);
  const RunReport report = run_file(undo());
  CHECK(report.exit == 1);
  REQUIRE(report.error);
  CHECK_THAT(report.error->message, ContainsSubstring("fake.remove"));
  CHECK(things().empty());
}

TEST_CASE_METHOD(HostFixture, "undo: what was changed outside any step is put back, newest first and in its place between the steps", "[host]") {
  REQUIRE(run(runbook_of(R"(
fake.create('a')
rb.step('one', { undo = function() print('undo one') fake.remove('b') end }, function() fake.create('b') end)
fake.create('c')
fake.create('d')
rb.step('two', { undo = rb.revert }, function() fake.create('e') end)
fake.create('f'))")).exit == 0);
  const std::size_t calls = FakeWorld::calls.size();
  const RunReport report = run_file(undo());
  CHECK(report.exit == 0);
  CHECK(report.state == "undone");
  CHECK(calls_from(calls) ==
        "revert create f\nrevert create e\nrevert create d\nrevert create c\nremove b\nrevert create a\n");
}

TEST_CASE_METHOD(HostFixture, "undo: what a plain script changed is put back", "[host]") {
  REQUIRE(run("local fake = require 'fake' fake.create('a') fake.create('b') error('boom')", {.allow = {"fake=here"}}).exit == 1);
  RunOptions again = undo();
  again.allow = {"fake=here"};
  const RunReport report = run_file(again);
  CHECK(report.exit == 0);
  CHECK(report.state == "undone");
  CHECK(things().empty());
}

TEST_CASE_METHOD(HostFixture, "undo: a change outside any step that has no way back is named, and the rest is put back", "[host]") {
  FakeWorld::things["x"] = "";
  REQUIRE(run(runbook_of("fake.create('a') fake.remove('x') fake.create('b')"), {.yes = true}).exit == 0);
  const RunReport report = run_file(undo());
  CHECK(report.exit == 1);
  CHECK(report.state == "failed");
  REQUIRE(report.error);
  CHECK(report.error->code == "undo.incomplete");
  CHECK_THAT(report.error->message, ContainsSubstring("fake.remove (test.lua:4)"));
  CHECK(things().empty());
}

TEST_CASE_METHOD(HostFixture, "undo: what was put back outside any step is not put back twice", "[host]") {
  FakeWorld::things["x"] = "";
  REQUIRE(run(runbook_of("fake.create('a') fake.remove('x')"), {.yes = true}).exit == 0);
  REQUIRE(run_file(undo()).exit == 1);
  FakeWorld::things["a"] = "somebody else's";
  CHECK(run_file(undo()).exit == 1);
  CHECK(things() == "a");
}

TEST_CASE_METHOD(HostFixture, "resume: what an undo put back outside any step is made again", "[host]") {
  REQUIRE(run(runbook_of("fake.create('a') error('boom')")).exit == 1);
  REQUIRE(run_file(undo()).exit == 0);
  REQUIRE(things().empty());
  CHECK(run_file({.mode = Mode::kResume, .run_id = "last"}).exit == 1);
  CHECK(things() == "a");
  CHECK(run_file(undo()).exit == 0);
  CHECK(things().empty());
}

TEST_CASE_METHOD(HostFixture, "undo: a run that fails undoes what it changed outside any step, where it is to", "[host]") {
  const RunReport report = run(runbook_of("fake.ensure{ name = 'a' } error('boom')", "on_failure = 'undo', "));
  CHECK(report.exit == 1);
  CHECK(report.error->context.at("undo") == "undone");
  CHECK(things().empty());
}

TEST_CASE_METHOD(HostFixture, "undo: a change outside any step that the run broke off in is looked at first", "[host]") {
  run_and_die_after(runbook_of("fake.create('a') fake.create('b')"), "create b");
  CHECK(run_file(undo()).exit == 0);
  CHECK(things().empty());
}

TEST_CASE_METHOD(HostFixture, "undo: an undo function that fails ends its step as failed", "[host]") {
  const std::string text = runbook_of("rb.step('one', { undo = function() error('stuck') end }, function() end)");
  REQUIRE(run(text).exit == 0);
  const RunReport report = run_file(undo());
  CHECK(report.exit == 1);
  std::vector<std::string> seen;
  for (const Value& event : events) {
    if (!event["path"].is_null()) seen.push_back(event["event"].as_string() + " " + event["title"].as_string() + " " + event["state"].as_string());
  }
  REQUIRE(seen.size() >= 2);
  CHECK(seen[seen.size() - 2] == "step.start undo: one ");
  CHECK(seen[seen.size() - 1] == "step.end undo: one failed");
  CHECK(events.back()["step"].as_string() == "undo: one");
}

TEST_CASE_METHOD(HostFixture, "undo: a change that a step broke off in is put back where it has happened, and named where nobody knows", "[host]") {
  run_and_die_after(runbook_of("rb.step('one', { undo = rb.revert }, function() fake.create('a') end)"), "create a");
  CHECK(run_file(undo()).exit == 0);
  CHECK(things().empty());
  run_and_die_after(runbook_of("rb.step('one', { undo = rb.revert }, function() fake.create('a') fake.remove('a') end)"), "remove a", {.yes = true});
  const RunReport report = run_file(undo());
  CHECK(report.exit == 1);
  REQUIRE(report.error);
  CHECK_THAT(report.error->message, ContainsSubstring("fake.remove (test.lua:4; fake.remove cannot tell whether it happened)"));
}

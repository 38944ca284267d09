// SPDX-License-Identifier: Apache-2.0
#include "tests/host/run/host_fixture.h"

using namespace runbook;

namespace {

std::string declared(const std::string& body, const std::string& extra = "") {
  return "local rb = require 'runbook'\nlocal fake = require 'fake'\nreturn rb.runbook { summary = 'test', permissions = { fake = { 'here' } }, " +
         extra + "\nrun = function(p)\n" + body + "\nend }\n";
}

}  // namespace

TEST_CASE_METHOD(HostFixture, "host: a plain script prints and ends with 0", "[host]") {
  const RunReport report = run("print('hello', 1)");
  CHECK(report.exit == 0);
  CHECK(printed == "hello\t1\n");
}

TEST_CASE_METHOD(HostFixture, "host: a raised error ends with 1 and names file and line", "[host]") {
  const RunReport report = run("\nerror('broken')");
  CHECK(report.exit == 1);
  REQUIRE(report.error);
  CHECK(report.error->message == "broken");
  CHECK_THAT(report.error->where, ContainsSubstring("test.lua:2"));
}

TEST_CASE_METHOD(HostFixture, "host: a syntax error is refused with 2", "[host]") { CHECK(run("x = = 1").exit == 2); }

TEST_CASE_METHOD(HostFixture, "host: a primitive without a permission is refused with 5, naming the line to add", "[host]") {
  const RunReport report = run("require('fake').create('a')");
  CHECK(report.exit == 5);
  REQUIRE(report.error);
  CHECK(report.error->code == "permission.denied");
  CHECK_THAT(report.error->hint, ContainsSubstring("fake"));
  CHECK(FakeWorld::calls.empty());
}

TEST_CASE_METHOD(HostFixture, "host: a declared runbook changes the world and counts what it changed", "[host]") {
  const RunReport report = run(declared("rb.step('make a', function() fake.create('a') end)"));
  INFO((report.error ? report.error->message : ""));
  CHECK(report.exit == 0);
  CHECK(FakeWorld::things.count("a") == 1);
}

TEST_CASE_METHOD(HostFixture, "host: a dry run changes nothing and plans the change", "[host]") {
  const RunReport report = run(declared("fake.create('a')"), {.mode = Mode::kDryRun});
  CHECK(report.exit == 0);
  CHECK(FakeWorld::calls.empty());
  CHECK(report.plan["effects"].items().size() == 1);
}

TEST_CASE_METHOD(HostFixture, "host: a dry run stops where a script looks into an unknown, past every pcall", "[host]") {
  const RunReport report = run(declared("local made = fake.create('a'); pcall(function() return made.name .. 'x' end); fake.create('b')"),
                               {.mode = Mode::kDryRun});
  CHECK(report.exit == 0);
  CHECK(report.state == "planned");
  CHECK(report.plan["effects"].items().size() == 1);
  CHECK(report.plan.has("end"));
}

TEST_CASE_METHOD(HostFixture, "host: an ensure changes once and says so", "[host]") {
  const std::string text = declared("local thing, changed = fake.ensure { name = 'a', text = 't' } print(thing.name, changed)");
  CHECK(run(text).exit == 0);
  CHECK(printed == "a\ttrue\n");
  CHECK(run(text).exit == 0);
  CHECK(printed == "a\tfalse\n");
}

TEST_CASE_METHOD(HostFixture, "host: all problems of a call's arguments are named at once", "[host]") {
  const RunReport report = run(declared("fake.create('a', { txt = 'x', size = 'big', wait = -1 })"));
  CHECK(report.exit == 1);
  REQUIRE(report.error);
  CHECK_THAT(report.error->message, ContainsSubstring("did you mean 'text'"));
  CHECK_THAT(report.error->message, ContainsSubstring("'size' must be a size"));
  CHECK_THAT(report.error->message, ContainsSubstring("'wait' must be a duration"));
}

TEST_CASE_METHOD(HostFixture, "host: a primitive at load time is refused before anything happens", "[host]") {
  const RunReport report = run("local rb = require 'runbook'\nrequire('fake').create('a')\nreturn rb.runbook { run = function() end }");
  CHECK(report.exit == 2);
  CHECK(FakeWorld::calls.empty());
}

TEST_CASE_METHOD(HostFixture, "host: events reach the on_line function in order", "[host]") {
  CHECK(run(declared("fake.lines('x', { on_line = function(e) print(e.line) end })")).exit == 0);
  CHECK(printed == "one\ntwo\n");
}

TEST_CASE_METHOD(HostFixture, "tasks: a failing child cancels its siblings and its error is raised", "[host]") {
  const RunReport report = run(declared("rb.parallel { function() fake.hang() end, function() rb.fail('x.y', 'boom') end }"));
  CHECK(report.exit == 1);
  REQUIRE(report.error);
  CHECK(report.error->code == "x.y");
}

TEST_CASE_METHOD(HostFixture, "tasks: a timeout cancels what hangs, and close handlers that wait run", "[host]") {
  const RunReport report = run(declared(R"(
    local ok, err = pcall(rb.timeout, "50ms", function()
      local guard <close> = setmetatable({}, { __close = function() rb.sleep("10ms") print("closed") end })
      pcall(fake.hang)
      print("never")
    end)
    print(ok, err.code))"));
  CHECK(report.exit == 0);
  CHECK(printed == "closed\nfalse\ttimeout\n");
}

TEST_CASE_METHOD(HostFixture, "tasks: each keeps to its limit and gives results in order", "[host]") {
  CHECK(run(declared(R"(
    local running, most = 0, 0
    local results = rb.each({ "a", "b", "c", "d" }, { limit = 2 }, function(item)
      running = running + 1
      most = math.max(most, running)
      rb.sleep(0.005)
      running = running - 1
      return item:upper()
    end)
    print(table.concat(results, ","), most))")).exit == 0);
  CHECK(printed == "A,B,C,D\t2\n");
}

TEST_CASE_METHOD(HostFixture, "tasks: a race cancels the losers", "[host]") {
  CHECK(run(declared("print(rb.race { fast = function() rb.sleep(0.001) return 'won' end, slow = function() fake.hang() end })")).exit == 0);
  CHECK(printed == "won\tfast\n");
}

TEST_CASE_METHOD(HostFixture, "tasks: retry tries again and gives up with the last error", "[host]") {
  CHECK(run(declared(R"(
    print(rb.retry({ attempts = 3, delay = 0 }, function(n) if n < 3 then error("no") end return n end))
    print(rb.try(rb.retry, { attempts = 2, delay = 0 }, function() rb.fail("a.b", "never") end)))")).exit == 0);
  CHECK_THAT(printed, ContainsSubstring("3\nnil"));
}

TEST_CASE_METHOD(HostFixture, "tasks: primitives wait inside coroutines of the script", "[host]") {
  CHECK(run(declared("local co = coroutine.wrap(function() rb.sleep(0.001) coroutine.yield('a') rb.sleep(0.001) return 'b' end) print(co(), co())")).exit == 0);
  CHECK(printed == "a\tb\n");
}

TEST_CASE_METHOD(HostFixture, "steps: a duplicate title is an error that says so", "[host]") {
  const RunReport report = run(declared("rb.step('a', function() end) rb.step('a', function() end)"));
  CHECK(report.exit == 1);
  REQUIRE(report.error);
  CHECK(report.error->code == "step.duplicate");
}

TEST_CASE_METHOD(HostFixture, "steps: a failed run resumes behind the finished steps with their results", "[host]") {
  const std::string text = declared(R"(
    local a = rb.step('a', function() fake.create('a') return { id = 7 } end)
    rb.step('b', function() fake.create('b') end)
    print(a.id))");
  FakeWorld::fail_on = "create b";
  const RunReport failed = run(text);
  CHECK(failed.exit == 1);
  FakeWorld::fail_on.clear();
  FakeWorld::calls.clear();
  const RunReport resumed = run_file({.mode = Mode::kResume, .run_id = failed.id});
  INFO((resumed.error ? resumed.error->message : ""));
  CHECK(resumed.exit == 0);
  CHECK(printed == "7\n");
  CHECK(FakeWorld::calls == std::vector<std::string>{"create b"});
}

TEST_CASE_METHOD(HostFixture, "steps: on failure, undo runs the finished steps' undo functions newest first", "[host]") {
  const RunReport report = run(declared(R"(
    rb.step('a', { undo = function(r) print('undo', r.n) fake.remove('a') end }, function() fake.create('a') return { n = 1 } end)
    rb.step('b', { undo = function(r) print('undo', r) fake.remove('b') end }, function() fake.create('b') return 2 end)
    rb.step('c', function() rb.fail('x.y', 'no') end))", "on_failure = 'undo',"));
  CHECK(report.exit == 1);
  CHECK(printed == "undo\t2\nundo\t1\n");
  CHECK(FakeWorld::things.empty());
}

TEST_CASE_METHOD(HostFixture, "steps: undo of a past run puts back what its steps did", "[host]") {
  const std::string text = declared("rb.step('a', { undo = function() fake.remove('a') end }, function() fake.create('a') end)");
  const RunReport done = run(text);
  REQUIRE(done.exit == 0);
  const RunReport undone = run_file({.mode = Mode::kUndo, .run_id = done.id});
  INFO((undone.error ? undone.error->message : ""));
  CHECK(undone.exit == 0);
  CHECK(undone.state == "undone");
  CHECK(FakeWorld::things.empty());
}

TEST_CASE_METHOD(HostFixture, "files: however a file comes by rb.runbook, its top level only declares", "[host]") {
  const std::string fields = "{ permissions = { fake = { 'here' } }, run = function() fake.create('a') print('ran') end }";
  const char* declares = GENERATE("return rb.runbook ", "local f = rb.runbook; return f", "return rb['runbook']", "return rb[ [[runbook]] ]",
                                  "local f = rb [ \"runbook\" ] return f", "local lib = rb local f = lib.runbook return f",
                                  "return require('runbook').runbook", "return (require 'runbook').runbook", "return require 'runbook'['runbook']",
                                  "local t = { declare = rb.runbook } return t.declare", "return (rb.runbook)");
  CAPTURE(declares);
  const RunReport report = run(std::string("local rb, fake = require 'runbook', require 'fake'\n") + declares + fields);
  INFO((report.error ? report.error->message : ""));
  CHECK(report.exit == 0);
  CHECK(printed == "ran\n");
  const RunReport early = run(std::string("local rb, fake = require 'runbook', require 'fake'\nfake.create('b')\n") + declares + fields,
                              {.allow = {"fake=here"}});
  CHECK(early.exit == exit_code::kUsage);
  CHECK(FakeWorld::things.count("b") == 0);
}

TEST_CASE_METHOD(HostFixture, "files: a plain script may have fields named runbook", "[host]") {
  const char* text = GENERATE("local t = { runbook = 1 } t.runbook = 2 print('ran')", "local config = { runbook = 1 } print('ran', config.runbook)",
                              "-- rb.runbook { }\nlocal s = 'rb.runbook { }' print('ran')", "local rb = require 'runbook' rb.sleep(0) print('ran')",
                              "local name = 'rb' .. 'runbook' print('ran')");
  CAPTURE(text);
  CHECK(run(text).exit == 0);
  CHECK_THAT(printed, ContainsSubstring("ran"));
}

TEST_CASE_METHOD(HostFixture, "files: one that declares in a way that could not be seen is refused, and not run", "[host]") {
  const RunReport report = run("local rb = require 'runbook'\nlocal name = 'run' .. 'book'\npcall(rb[name], { run = function() print('ran') end })");
  CHECK(report.exit == exit_code::kUsage);
  REQUIRE(report.error);
  CHECK(report.error->code == "declaration.invalid");
  CHECK(printed.empty());
}

TEST_CASE_METHOD(HostFixture, "values: one that contains itself, or is nested too deeply, is told by the beginning of its path", "[host]") {
  const auto message_of = [this](const std::string& body) {
    const RunReport report = run("local fake = require 'fake'\n" + body, {.allow = {"fake=here"}});
    return report.error ? report.error->message : "";
  };
  CHECK_THAT(message_of("local t = {} t.self = t require('runbook').step('a', function() return t end)"),
             ContainsSubstring("result.self: contains itself"));
  CHECK_THAT(message_of("local t = { a = { b = { c = { d = {} } } } } t.a.b.c.d.e = t require('runbook').step('a', function() return t end)"),
             ContainsSubstring("result.a.b.c...: contains itself"));
  CHECK_THAT(message_of("local t = {} for i = 1, 300 do t = { t } end require('runbook').step('a', function() return t end)"),
             ContainsSubstring("result[1][1][1]...: nested deeper than 200 levels"));
  // The same table twice is no cycle.
  CHECK(message_of("local t = { x = 1 } require('runbook').step('a', function() return { t, t } end)").empty());
}

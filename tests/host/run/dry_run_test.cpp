// SPDX-License-Identifier: Apache-2.0
#include "tests/host/run/host_fixture.h"

using namespace runbook;

namespace {

std::string runbook_of(const std::string& body) {
  return "local rb = require 'runbook'\nlocal fake = require 'fake'\nreturn rb.runbook { permissions = { fake = { 'here' } }, run = function()\n" +
         body + "\nend }";
}

}  // namespace

TEST_CASE_METHOD(HostFixture, "dry run: a composite with an argument that is not known yet is planned", "[host]") {
  const RunReport report = run(runbook_of("fake.ensure { name = 'b', text = fake.create('a') }"), {.mode = Mode::kDryRun});
  INFO((report.error ? report.error->message : ""));
  CHECK(report.exit == 0);
  CHECK(report.planned == 2);
  CHECK(FakeWorld::calls.empty());
}

TEST_CASE_METHOD(HostFixture, "dry run: an unknown list or duration ends the plan and is no error", "[host]") {
  const char* use = GENERATE("rb.each(u, print)", "rb.sleep(u)", "rb.timeout(u, print)");
  CAPTURE(use);
  const RunReport report = run(runbook_of(std::string("local u = fake.create('a'); ") + use + " print('went on')"), {.mode = Mode::kDryRun});
  CHECK(report.exit == 0);
  CHECK(printed.empty());
  CHECK_FALSE(report.plan["end"].is_null());
}

TEST_CASE_METHOD(HostFixture, "dry run: every use of an unknown ends the plan, and none fails it", "[host]") {
  const char* use = GENERATE(
      // operators and statements
      "for i = 1, u do end", "for i = u, 2 do end", "for i = 1, 2, u do end", "for _ in u do end", "for _ in pairs(u) do end",
      "for _ in ipairs(u) do end", "local n = #u", "u()", "local x = u.x", "u.x = 1", "u:stop()", "local s = u .. ''", "local s = '' .. u",
      "local b = u < 1", "local b = 1 <= u", "local n = 1 + u", "local n = -u", "local n = u // 2", "local n = u & 1", "local n = ~u",
      "local n = 1 << u", "local n = '1' + u", "local b = u == fake.create('b')",
      // errors
      "error(u)", "error(u, 0)", "error('x', u)", "error({ code = 'a.b', message = u })", "rb.fail('a.b', u)", "rb.fail(u, 'a')",
      "assert(false, u)", "pcall(error, u)", "pcall(function() for i = 1, u do end end)", "xpcall(string.rep, print, u, 2)",
      "coroutine.wrap(function() for i = 1, u do end end)()", "coroutine.resume(coroutine.create(string.rep), 'x', u)",
      "rb.parallel { a = function() for i = 1, u do end end }",
      // libraries
      "('x'):rep(u)", "string.rep(u, 2)", "('x'):sub(u)", "('x'):find(u)", "('x'):gsub('x', u)", "('x'):gsub('x', function() return u end)",
      "string.len(u)", "string.upper(u)", "string.byte(u)", "string.char(u)", "string.format('%d', u)", "string.format(u)", "string.pack('i4', u)",
      "table.concat({ u })", "table.concat(u)", "table.concat({ 'a' }, u)", "table.insert(u, 1)", "table.insert({}, u, 1)", "table.remove(u)",
      "table.unpack(u)", "table.sort({ u, 1 })", "table.sort({ 2, 1 }, u)", "table.move(u, 1, 2, 1)", "math.floor(u)", "math.max(1, u)",
      "math.type(u)", "math.tointeger(u)", "utf8.len(u)", "utf8.char(u)", "os.time(u)", "os.time { year = u, month = 1, day = 1 }",
      "os.date('%c', u)", "tonumber(u)", "select(u, 1)", "next(u)", "rawget(u, 1)", "rawlen(u)", "setmetatable(u, {})", "load(u)", "require(u)",
      "coroutine.wrap(u)", "coroutine.resume(u)",
      // the library of runbooks
      "rb.step(u, print)", "rb.step('a', u)", "rb.step('a', { key = u }, print)", "rb.step('a', { undo = u }, print)",
      "rb.step('a', { timeout = u }, print)", "rb.parallel(u)", "rb.parallel { a = u }", "rb.each({ u }, print)", "rb.each({ 'a' }, u)",
      "rb.each({ 'a' }, { limit = u }, print)", "rb.race(u)", "rb.race { a = u }", "rb.timeout(5, u)", "rb.retry({ attempts = u }, error)",
      "rb.retry({ delay = u }, print)", "rb.wait_until(u, print)", "rb.wait_until('x', u)", "rb.wait_until('x', { timeout = u }, print)",
      "rb.manual { u }", "rb.manual { 'x', verify = u }", "rb.secret(u)", "rb.try(u)",
      // primitives
      "fake.ensure(u)", "fake.create('b', u)", "fake.create('b', { [u] = 1 })", "fake.lines('a', { on_line = u })",
      "fake.create('b', { text = { [u] = 1 } })");
  CAPTURE(use);
  const RunReport report = run(runbook_of(std::string("local u = fake.create('a'); ") + use + " print('went on')"), {.mode = Mode::kDryRun});
  INFO((report.error ? report.error->code + ": " + report.error->message : ""));
  CHECK(report.exit == 0);
  CHECK(report.state == "planned");
  CHECK(printed.empty());
  CHECK_FALSE(report.plan["end"].is_null());
}

TEST_CASE_METHOD(HostFixture, "dry run: an unknown may be handed on, shown, asked for its kind and closed", "[host]") {
  const char* use = GENERATE("print(u, tostring(u))", "local t = { u } t[2] = u", "assert(u)", "assert(type(u) == 'userdata')", "assert(rb.is_unknown(u))",
                             "local c <close> = u", "rb.try(print, u)", "table.insert({}, u)", "select('#', u)", "fake.create('b', { text = u })",
                             "fake.upper(u)", "rb.step('a', { inputs = u }, function() return u end)", "coroutine.wrap(function() coroutine.yield(u) end)()",
                             "pcall(function() return u end)");
  CAPTURE(use);
  const RunReport report = run(runbook_of(std::string("local u = fake.create('a'); ") + use + " print('went on')"), {.mode = Mode::kDryRun});
  INFO((report.error ? report.error->code + ": " + report.error->message : ""));
  CHECK(report.exit == 0);
  CHECK_THAT(printed, ContainsSubstring("went on\n"));
}

TEST_CASE_METHOD(HostFixture, "dry run: the end of a plan says where it is and what is not known", "[host]") {
  const RunReport report = run(runbook_of("local u = fake.create('a')\nfor i = 1, u do end"), {.mode = Mode::kDryRun});
  CHECK(report.plan["end"]["where"].as_string() == "test.lua:5");
  CHECK_THAT(report.plan["end"]["because"].as_string(), ContainsSubstring("the result of fake.create (test.lua:4) is not known"));
}

TEST_CASE_METHOD(HostFixture, "dry run: a mistake that no unknown is behind fails", "[host]") {
  const char* use = GENERATE("error('x')", "('x'):rep({})", "for i = 1, 'x' do end", "rb.step(1, print)", "fake.create('b', { bogus = 1 })",
                             "fake.create('b', { bogus = 1, text = u })", "rb.fail('a.b', 'c')", "local n = 1 + {}");
  CAPTURE(use);
  const RunReport report = run(runbook_of(std::string("local u = fake.create('a'); ") + use), {.mode = Mode::kDryRun});
  CHECK(report.exit == 1);
}

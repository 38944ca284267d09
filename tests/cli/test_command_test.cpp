// SPDX-License-Identifier: Apache-2.0
// `runbook test` as people and CI systems meet it.
#include "tests/cli/program.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "host/core/text.h"
#include "runbook/value.h"
#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

using namespace runbook;
using namespace runbook::cli;

namespace {

/// A directory of specs.
class Specs {
 public:
  Specs() { ::setenv("RUNBOOK_STATE", (directory_.path() + "/state").c_str(), 1); }
  ~Specs() { ::unsetenv("RUNBOOK_STATE"); }
  const std::string& path() const { return directory_.path(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path() + "/" + name) << text;
    return path() + "/" + name;
  }
  std::string read(const std::string& name) const {
    std::ifstream stream(path() + "/" + name);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  /// Runs one spec with this text.
  Outcome test(const std::string& text, std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {"test", write("a_spec.lua", text)});
    return run_program(options);
  }

 private:
  TempDirectory directory_;
};

std::string last_line(const std::string& text) {
  const auto lines = split(trim(text), '\n');
  return lines.empty() ? "" : lines.back();
}

}  // namespace

TEST_CASE("test: a failure shows its line, where values differ, the causes and a hint") {
  const Specs specs;
  const Outcome outcome = specs.test(R"(local rb = require "runbook"
it("differs", function()
  assert.are.same({ a = { 1 } }, { a = { 2 } })
end)
it("fails below", function()
  local _, err = pcall(rb.fail, "disk.full", "no room")
  rb.fail("backup.failed", "no backup", { cause = err, hint = "make room" })
end)
)");
  CHECK(outcome.status == 8);
  CHECK_THAT(outcome.out, ContainsSubstring("a_spec.lua:3: expected { a = { 1 } }, got { a = { 2 } }\n"));
  CHECK_THAT(outcome.out, ContainsSubstring("          at .a[1]: expected 1, got 2\n"));
  CHECK_THAT(outcome.out, ContainsSubstring("a_spec.lua:7: no backup (backup.failed)\n          because: a_spec.lua:6: "
                                            "no room (disk.full)\n          hint: make room\n"));
  CHECK(last_line(outcome.out) == "0 passed, 2 failed");
}

TEST_CASE("test: a failure shows the end of the run that the test made") {
  const Specs specs;
  specs.write("job.lua",
              "local rb = require 'runbook'\nreturn rb.runbook { run = function() print('almost there') rb.fail('x.y', "
              "'broke') end }");
  const Outcome outcome =
      specs.test("it('works', function() assert.are.equal('done', simulate{}:run('job.lua').state) end)");
  CHECK(outcome.status == 8);
  CHECK_THAT(
      outcome.out,
      ContainsSubstring("the run of job.lua ended as failed: job.lua:2: broke (x.y)\n          | almost there\n"));
}

TEST_CASE("test: what is pending or has no body is skipped with its reason") {
  const Specs specs;
  const Outcome outcome =
      specs.test("it('one')\npending('two', 'no engine')\nit('three', function() pending('no disk') end)");
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, ContainsSubstring("one (has no body yet)") && ContainsSubstring("two (no engine)") &&
                              ContainsSubstring("three (no disk)"));
  CHECK(last_line(outcome.out) == "0 passed, 0 failed, 3 skipped");
}

TEST_CASE("test: a misused word is told with its place") {
  const Specs specs;
  for (const char* line :
       {"it(1, print)", "describe('x')", "describe('x', function() it('y', function() end) finally(print) end)",
        "it('a', 2)", "before_each()"}) {
    INFO(line);
    const Outcome outcome = specs.test(cat("-- a spec\n", line));
    CHECK(outcome.status == 8);
    CHECK_THAT(outcome.err, ContainsSubstring("a_spec.lua:2: ") && ContainsSubstring("test.misuse"));
  }
  CHECK_THAT(specs.test("it('a', function()\n  it('b', print)\nend)").out,
             ContainsSubstring("a_spec.lua:2: it does not belong inside a test"));
}

TEST_CASE("test: two tests of one name, and a file without tests, are refused") {
  const Specs specs;
  const Outcome twice = specs.test("it('a', print)\nit('a', print)");
  CHECK(twice.status == 8);
  CHECK_THAT(twice.err,
             ContainsSubstring("a_spec.lua:2: two tests are called 'a'") && ContainsSubstring("a_spec.lua:1"));
  CHECK_THAT(specs.test("local x = 1").err, ContainsSubstring("the file has no tests"));
}

TEST_CASE("test: a test that waits for ever fails at the line where it waits, and the next one runs") {
  const Specs specs;
  const Outcome outcome = specs.test(R"(local rb = require "runbook"
it("waits in virtual time", function()
  simulate {}
  while true do
    rb.sleep(1)
  end
end)
it("waits in real time", function()
  rb.sleep(100)
end)
it("goes on", function() end)
)",
                                     {"--timeout", "0.3s"});
  CHECK(outcome.status == 8);
  CHECK_THAT(outcome.out, ContainsSubstring("a_spec.lua:5: the test was not finished after"));
  CHECK_THAT(outcome.out, ContainsSubstring("a_spec.lua:9: the test was not finished after"));
  CHECK(last_line(outcome.out) == "1 passed, 2 failed");
}

TEST_CASE("test: a run that never ends is ended with its test") {
  const Specs specs;
  specs.write("job.lua",
              "local rb = require 'runbook'\nreturn rb.runbook { run = function() while true do rb.sleep(1) end end }");
  const Outcome outcome = specs.test(
      "it('runs', function()\n  simulate{}:run('job.lua')\nend)\nit('goes on', function() end)", {"--timeout", "0.3s"});
  CHECK_THAT(outcome.out, ContainsSubstring("a_spec.lua:2: the test was not finished after"));
  CHECK(last_line(outcome.out) == "1 passed, 1 failed");
}

TEST_CASE("test: an endless loop fails the test that has it") {
  const Specs specs;
  const Outcome outcome =
      specs.test("it('loops', function()\n  while true do end\nend)\nit('never', print)", {"--limit", "cpu=0.2s"});
  CHECK(outcome.status == 8);
  CHECK_THAT(outcome.out,
             ContainsSubstring("FAILED  loops\n") && ContainsSubstring("a_spec.lua:2: the cpu limit was met"));
  CHECK(last_line(outcome.out) == "0 passed, 1 failed");
}

TEST_CASE("test: files run side by side, and are shown in their order") {
  const Specs specs;
  specs.write("1_spec.lua", "it('slow', function() require('runbook').sleep(0.3) print('waited') end)");
  specs.write("2_spec.lua", "local x = = 1");
  specs.write("3_spec.lua", "it('loops', function() while true do end end)");
  specs.write("4_spec.lua", "it('quick', function() end)");
  for (const char* jobs : {"1", "4"}) {
    INFO("jobs " << jobs);
    const Outcome outcome = run_program({"test", specs.path(), "--jobs", jobs, "--limit", "cpu=0.2s"});
    CHECK(outcome.status == 8);
    std::string names;
    for (const std::string& line : split(outcome.out, '\n')) {
      if (line.starts_with("  ") && !line.starts_with("     ")) names += line + "\n";
    }
    CHECK(names ==
          "  | waited\n  ok      slow\n  FAILED  the file itself: 2_spec.lua:1: unexpected symbol near '='\n  FAILED  "
          "loops\n  ok      quick\n");
    CHECK(last_line(outcome.out) == "2 passed, 2 failed");
  }
  CHECK(run_program({"test", specs.path(), "--jobs", "none"}).status == 2);
}

TEST_CASE("test: a file whose process is killed has failed, and tells which test ran") {
  const Specs specs;
  specs.write("1_spec.lua",
              R"(it("dies", function() require("machine").here():run { "sh", "-c", "kill -KILL $PPID" } end))");
  specs.write("2_spec.lua", "it('lives', function() end)");
  const Outcome outcome = run_program({"test", specs.path(), "--allow", "run=sh"});
  CHECK(outcome.status == 8);
  CHECK_THAT(outcome.out, ContainsSubstring("1_spec.lua was ended by signal 9") &&
                              ContainsSubstring("in the test 'dies' (1_spec.lua:1)"));
  CHECK(last_line(outcome.out) == "1 passed, 1 failed");
  CHECK_THAT(run_program({"test", specs.path(), "--allow", "run=sh", "--json"}).out,
             ContainsSubstring("\"code\":\"test.crashed\""));
}

TEST_CASE("test: a signal ends the processes of all files") {
  const Specs specs;
  const std::string mark = specs.path() + "/mark";
  specs.write("1_spec.lua", R"(local rb = require "runbook"
it("ends the parent", function()
  require("machine").here():run { "sh", "-c", "read -r _ _ _ parent _ < /proc/$PPID/stat; kill -TERM $parent" }
  rb.sleep(60)
end))");
  specs.write("2_spec.lua", "it('waits', function() require('runbook').sleep(60) end)");
  const Outcome outcome = run_program({"test", specs.path(), "--allow", "run=sh", "--jobs", "2"});
  CHECK(outcome.status == 130);
  // run_program has come back: nobody holds its pipes any more.
  CHECK_THAT(outcome.out, !ContainsSubstring("passed,"));
}

TEST_CASE("test: --tap numbers the tests of all files, with diagnostics in YAML") {
  const Specs specs;
  specs.write("1_spec.lua", "it('good # really', function() end)\nit('later')");
  specs.write("2_spec.lua", "it('bad', function() assert.are.equal(1, 2) end)");
  const Outcome outcome = run_program({"test", specs.path(), "--tap"});
  CHECK(outcome.status == 8);
  CHECK(outcome.out.starts_with("TAP version 14\n"));
  CHECK_THAT(outcome.out, ContainsSubstring("\nok 1 - good \\# really\n") &&
                              ContainsSubstring("\nok 2 - later # SKIP has no body yet\n"));
  CHECK_THAT(outcome.out, ContainsSubstring("\nnot ok 3 - bad\n  ---\n  message: \"expected 1, got 2\"\n") &&
                              ContainsSubstring("  at: \"2_spec.lua:1\"\n"));
  CHECK_THAT(outcome.out, ContainsSubstring("\n1..3\n"));
}

TEST_CASE("test: --junit writes what passed, failed and was skipped, escaped and without secrets") {
  const Specs specs;
  specs.write("job.lua",
              "local rb = require 'runbook'\nreturn rb.runbook { secrets = { 'KEY' }, run = function() end }");
  const Outcome outcome = specs.test(R"(it("a <b> & \"c\" \1", function() end)
it("fails", function() simulate { secrets = { KEY = "hunter22" } }:run("job.lua") assert.are.equal("]]>", "hunter22") end)
it("later")
)",
                                     {"--junit", specs.path() + "/out.xml"});
  CHECK(outcome.status == 8);
  const std::string xml = specs.read("out.xml");
  CHECK_THAT(xml, ContainsSubstring("<testsuites tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""));
  CHECK_THAT(xml, ContainsSubstring("name=\"a &lt;b&gt; &amp; &quot;c&quot; \\x01\""));
  CHECK_THAT(xml,
             ContainsSubstring("message=\"expected &quot;]]&gt;&quot;, got &quot;***&quot;\" type=\"test.failed\""));
  CHECK_THAT(xml, ContainsSubstring("<skipped message=\"has no body yet\"/>"));
  CHECK_THAT(outcome.out, !ContainsSubstring("hunter22"));
  CHECK_THAT(specs.test("it('a', print)", {"--junit", "/nowhere/out.xml"}).err, ContainsSubstring("/nowhere"));
}

TEST_CASE("test: --coverage counts runbooks and their modules in the tests of all files, and not the specs") {
  const Specs specs;
  specs.write("util.lua",
              "local M = {}\nfunction M.name(n)\n  if n > 2 then\n    return 'big'\n  end\n  return "
              "'small'\nend\nfunction M.never()\n  return 1\nend\nreturn M\n");
  specs.write("job.lua",
              "local rb = require 'runbook'\nreturn rb.runbook {\n  params = { n = rb.param.int {} },\n  run = "
              "function(p)\n    print(require('util').name(p.n))\n  end,\n}\n");
  specs.write("1_spec.lua",
              "it('small', function() assert.equal('small', simulate{}:run('job.lua', { n = 1 }).printed) end)");
  specs.write("2_spec.lua",
              "it('big', function() assert.equal('big', simulate{}:run('job.lua', { n = 3 }).printed) end)");
  const Outcome outcome =
      run_program({"test", specs.path(), "--coverage", "--coverage-lcov", specs.path() + "/out.lcov"});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, ContainsSubstring("100.0% of lines       - of branches  " + specs.path() + "/job.lua\n"));
  CHECK_THAT(outcome.out,
             ContainsSubstring(" 87.5% of lines  100.0% of branches  " + specs.path() + "/util.lua  missed: 9\n"));
  CHECK_THAT(outcome.out, !ContainsSubstring("_spec.lua  missed"));
  CHECK(last_line(outcome.out) == "2 passed, 0 failed");
  const std::string lcov = specs.read("out.lcov");
  CHECK_THAT(lcov,
             ContainsSubstring("SF:" + specs.path() + "/util.lua\nBRDA:3,0,0,1\nBRDA:3,0,1,1\nBRF:2\nBRH:2\nDA:1,2\n"));
  CHECK_THAT(lcov, ContainsSubstring("DA:9,0\n"));
}

TEST_CASE("test: a setup that fails fails the tests of its group, and only those") {
  const Specs specs;
  const Outcome outcome = specs.test(R"(describe("group", function()
  setup(function() error("no engine") end)
  it("one", function() end)
  it("two", function() end)
end)
describe("cleaning", function()
  after_each(function() error("cannot clean") end)
  it("three", function() end)
end)
it("four", function() end)
)");
  CHECK_THAT(outcome.out, ContainsSubstring("FAILED  group one\n          a_spec.lua:2: no engine\n") &&
                              ContainsSubstring("FAILED  group two\n"));
  CHECK_THAT(outcome.out, ContainsSubstring("FAILED  cleaning three\n          a_spec.lua:7: cannot clean\n"));
  CHECK(last_line(outcome.out) == "1 passed, 3 failed");
}

TEST_CASE("test: an effect that nobody allowed or simulates fails the test at its line") {
  const Specs specs;
  const Outcome outcome = specs.test(R"(it("runs", function()
  require("machine").here():run { "ls" }
end)
it("asks", function()
  simulate {}
  require("http").get("http://x.example/")
end)
)");
  CHECK_THAT(outcome.out, ContainsSubstring("a_spec.lua:2: ") && ContainsSubstring("(permission.denied)"));
  CHECK_THAT(outcome.out,
             ContainsSubstring("a_spec.lua:6: nothing is simulated at http://x.example:80 (test.unexpected)"));
}

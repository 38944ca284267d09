// SPDX-License-Identifier: Apache-2.0
// `runbook perms --from-test`: what the runs in specs touched, as permissions of the runbooks.
#include <cstdlib>
#include <fstream>

#include "host/core/text.h"
#include "runbook/value.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

using namespace runbook;
using namespace runbook::cli;

namespace {

/// A runbook that writes what it is told to, and a spec with these tests.
class Place {
 public:
  Place() {
    ::setenv("RUNBOOK_STATE", (directory_ / "state").c_str(), 1);
    std::ofstream(directory_ / "copy.lua") << R"(local rb = require "runbook"
local machine = require "machine"
return rb.runbook {
  params = { service = rb.param.string { default = "nmpi" }, log = rb.param.bool { default = false } },
  permissions = { read = { "/srv/{service}.txt", "/never" }, write = { "/srv/{service}" } },
  run = function(p)
    local here = machine.here()
    here:file_ensure { path = "/srv/" .. p.service .. "/page", content = "text" }
    if p.log then here:file_ensure { path = "/var/log/" .. p.service, content = "text" } end
    here:read("/srv/" .. p.service .. ".txt")
  end,
})";
  }
  ~Place() { ::unsetenv("RUNBOOK_STATE"); }

  std::string spec(const std::string& tests, const std::string& name = "copy_spec.lua") const {
    const std::string file = directory_ / name;
    std::ofstream(file) << R"(local function world()
  return simulate { machine = { files = {
    ["/srv/web"] = { directory = true }, ["/srv/web.txt"] = "x",
    ["/srv/api"] = { directory = true }, ["/srv/api.txt"] = "x", ["/var/log"] = { directory = true } } } }
end
)" << tests;
    return file;
  }
  std::string file() const { return directory_ / "copy.lua"; }

 private:
  TempDirectory directory_;
};

const char* kTwoRuns = R"(
it("serves the web", function()
  assert.are.equal("done", world():run("copy.lua", { service = "web" }).state)
end)
it("keeps a log", function()
  local run = world():run("copy.lua", { service = "api", log = true })
  assert.are.equal("permission.denied", run.error.code)
end)
it("plans", function() world():plan("copy.lua", { service = "web" }) end)
)";

const char* kProposal =
    "permissions = {\n  read = { \"/srv/{service}.txt\" },\n"
    "  write = { \"/srv/{service}/page\", \"/var/log/{service}\" },\n}\n";

}  // namespace

TEST_CASE("perms --from-test: runs with different parameters make one proposal, beside what is declared") {
  const Place place;
  const Outcome proposed = run_program({"perms", "--from-test", place.spec(kTwoRuns)});
  INFO(proposed.err);
  CHECK(proposed.status == 0);
  CHECK(proposed.out == cat("-- ", place.file(), ", from 2 runs\n", kProposal));
  CHECK_THAT(proposed.err, ContainsSubstring("exercised, but not declared:\n  write '/var/log/api'\n    add: "
                                             "permissions = { write = { \"/var/log/{service}\" } }\n"));
  // What one of the runs used is not idle.
  CHECK_THAT(proposed.err, ContainsSubstring("declared, but exercised by no test:\n  read '/never'\n"));
  CHECK_THAT(proposed.err, !ContainsSubstring("'/srv/{service}"));
}

TEST_CASE("perms --from-test: several specs are run side by side, and JSON has all of it") {
  const Place place;
  const Outcome proposed = run_program(
      {"perms", "--from-test",
       place.spec("it('serves', function() world():run('copy.lua', { service = 'web' }) end)"),
       place.spec("it('logs', function() world():run('copy.lua', { service = 'api', log = true }, "
                  "{ allow = { 'write=/var/log' } }) end)",
                  "log_spec.lua"),
       "--json"});
  CHECK(proposed.status == 0);
  auto value = from_json(proposed.out);
  REQUIRE(value.ok());
  CHECK((*value)["complete"] == Value(true));
  REQUIRE((*value)["files"].items().size() == 1);
  const Value& file = (*value)["files"].items().front();
  CHECK(file["runs"] == Value(2));
  CHECK(to_json(file["permissions"]) ==
        R"({"read":["/srv/{service}.txt"],"write":["/srv/{service}/page","/var/log/{service}"]})");
  CHECK(file["undeclared"].items().size() == 1);
  CHECK(to_json(file["unused"]) == R"([{"kind":"read","target":"/never"}])");
}

TEST_CASE("perms --from-test: a failing spec is told, and the proposal is not complete") {
  const Place place;
  const Outcome proposed = run_program({"perms", "--from-test", place.spec(R"(
it("serves the web", function()
  assert.are.equal("failed", world():run("copy.lua", { service = "web" }).state)
end))")});
  CHECK(proposed.status == 8);
  CHECK_THAT(proposed.out, ContainsSubstring("/srv/{service}/page"));
  CHECK_THAT(proposed.err, ContainsSubstring("copy_spec.lua: serves the web\n"));
  CHECK_THAT(proposed.err, ContainsSubstring("expected \"failed\", got \"done\""));
  CHECK_THAT(proposed.err, ContainsSubstring("not complete: 1 test failed"));
}

TEST_CASE("perms --from-test: specs that run nothing propose nothing, and other ways of proposing are refused") {
  const Place place;
  const std::string spec = place.spec("it('thinks', function() assert.is_true(true) end)");
  const Outcome idle = run_program({"perms", "--from-test", spec});
  CHECK(idle.status != 0);
  CHECK(idle.out.empty());
  CHECK_THAT(idle.err, ContainsSubstring("the specs ran no runbook"));
  CHECK(run_program({"perms", "--from-test", "--propose", spec}).status == 2);
  CHECK_THAT(run_program({"perms", "--from-test"}).err, ContainsSubstring("'--from-test' expects the specs"));
}

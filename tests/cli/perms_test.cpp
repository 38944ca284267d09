// SPDX-License-Identifier: Apache-2.0
// `runbook perms` as people and scripts meet it.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "host/core/text.h"
#include "runbook/value.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

using namespace runbook;
using namespace runbook::cli;

namespace {

class Place {
 public:
  Place() { ::setenv("RUNBOOK_STATE", (directory_ / "state").c_str(), 1); }
  ~Place() { ::unsetenv("RUNBOOK_STATE"); }

  /// The runbook's file, with these permissions.
  std::string write(const std::string& permissions, const std::string& more = "") const {
    const std::string file = directory_ / "copy.lua";
    std::ofstream(file) << R"(local rb = require "runbook"
local machine = require "machine"
return rb.runbook {
  params = { service = rb.param.string { default = "nmpi" } },)"
                        << more << "\n  permissions = " << permissions << R"(,
  run = function(p)
    local here = machine.here()
    local text = here:read("from.txt")
    here:file_ensure { path = p.service .. "/to.txt", content = text }
    print(text .. "!")
    here:remove "last.txt"
  end,
})";
    std::ofstream(directory_ / "from.txt") << "text";
    return file;
  }
  const std::string& path() const { return directory_.path(); }

 private:
  TempDirectory directory_;
};

const char* kEnough = R"({ read = { "from.txt" }, write = { "{service}", "last.txt" } })";

}  // namespace

TEST_CASE("perms: a proposal is what the run then needs, ready to be pasted") {
  const Place place;
  const Outcome proposed = run_program({"perms", "--propose", place.write(kEnough), "--service", "web"});
  CHECK(proposed.status == 0);
  CHECK(proposed.out ==
        "permissions = {\n  read = { \"from.txt\" },\n  write = { \"last.txt\", \"{service}/to.txt\" },\n}\n");
  CHECK_THAT(proposed.err, !ContainsSubstring("declared"));
  CHECK_FALSE(std::filesystem::exists(place.path() + "/web"));
  CHECK_FALSE(std::filesystem::exists(place.path() + "/state"));

  const std::string file = place.write("{ read = { \"from.txt\" }, write = { \"last.txt\", \"{service}/to.txt\" } }");
  std::filesystem::create_directory(place.path() + "/web");
  const Outcome ran = run_program({file, "--service", "web", "--yes"});
  INFO(ran.err);
  CHECK(ran.status == 0);
}

TEST_CASE("perms: a proposal says what is missing, what is too much, and how far it has seen") {
  const Place place;
  const std::string file = place.write(R"({ write = { "{service}" }, net = { "https://example.org" } })");
  const Outcome proposed = run_program({"perms", "--propose", file});
  CHECK(proposed.status == 0);
  CHECK_THAT(proposed.err, ContainsSubstring("used, but not declared:\n  read '" + place.path() +
                                             "/from.txt'\n    add: permissions = { read = { \"from.txt\" } }\n"));
  CHECK_THAT(proposed.err, ContainsSubstring("declared, but not used in this dry run:\n  net 'https://example.org'\n"));
  CHECK_THAT(proposed.err, ContainsSubstring("not complete: the dry run could not go on at copy.lua:10:"));
  CHECK_THAT(proposed.err, ContainsSubstring("not complete: 1 read that the runbook does not declare was not made"));

  const Outcome allowed =
      run_program({"perms", "--propose", file, "--allow", "read=" + place.path() + "/from.txt", "--json"});
  auto value = from_json(allowed.out);
  REQUIRE(value.ok());
  CHECK((*value)["complete"] == Value(true));
  CHECK(to_json((*value)["permissions"]) == R"({"read":["from.txt"],"write":["last.txt","{service}/to.txt"]})");
  CHECK((*value)["undeclared"].items().size() == 2);
  CHECK((*value)["unused"].items().size() == 1);
}

TEST_CASE("perms: a proposal of a run that cannot start says why") {
  const Place place;
  const Outcome refused = run_program({"perms", "--propose", place.write(kEnough), "--serivce=x"});
  CHECK(refused.status == 2);
  CHECK(refused.out.empty());
  CHECK_THAT(refused.err, ContainsSubstring("did you mean '--service'?"));
}

TEST_CASE("perms: options of the dry run are refused where there is none") {
  const Place place;
  const Outcome refused = run_program({"perms", place.write(kEnough), "--allow", "net=https://example.org"});
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, ContainsSubstring("'--allow' says how a dry run goes: it needs --propose"));
}

TEST_CASE("perms: a changed file shows what it asks for anew since its last run") {
  const Place place;
  const std::string file = place.write(kEnough);
  CHECK_THAT(run_program({"perms", file}).out, !ContainsSubstring("since"));
  std::filesystem::create_directory(place.path() + "/nmpi");
  REQUIRE(run_program({place.path() + "/./copy.lua", "--yes"}).status == 0);
  CHECK_THAT(run_program({"perms", file}).out, !ContainsSubstring("since"));

  place.write(
      R"({ read = { "from.txt" }, write = { "{service}" }, docker = { ["unix:///d.sock"] = { "container.*" } } })",
      "\n  secrets = { \"TOKEN\" },");
  const Outcome changed = run_program({"perms", file});
  CHECK(changed.status == 0);
  CHECK_THAT(changed.out, ContainsSubstring("since the last run"));
  CHECK_THAT(changed.out,
             ContainsSubstring("  + docker 'unix:///d.sock' container.*\n  + secret 'TOKEN'\n  - write 'last.txt'\n"));
  auto value = from_json(run_program({"perms", file, "--json"}).out);
  REQUIRE(value.ok());
  CHECK((*value)["since"]["new"].items().size() == 2);
  CHECK((*value)["since"]["gone"].items().size() == 1);
  CHECK_THAT(run_program({"perms", file, "--plain"}).out,
             ContainsSubstring("new\tdocker\tunix:///d.sock\tcontainer.*\n"));
}

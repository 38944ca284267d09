// SPDX-License-Identifier: Apache-2.0
// Dry runs that propose permissions.
#include "tests/host/run/host_fixture.h"

using namespace runbook;

namespace {

std::string runbook_of(const std::string& permissions, const std::string& body) {
  return "local rb = require 'runbook'\nlocal fake = require 'fake'\nreturn rb.runbook { params = { name = "
         "rb.param.string { default = 'nmpi' } }, permissions = " +
         permissions + ", run = function(p)\n" + body + "\nend }";
}

const RunOptions kPropose{.mode = Mode::kDryRun, .propose = true};

std::vector<std::string> undeclared(const RunReport& report) {
  std::vector<std::string> shown;
  for (const Value& entry : report.permissions["undeclared"].items()) shown.push_back(entry["action"].as_string());
  return shown;
}

}  // namespace

TEST_CASE_METHOD(HostFixture, "propose: what is not permitted is not done, is listed, and does not end the dry run",
                 "[host]") {
  const RunReport report =
      run(runbook_of("{}",
                     "local x = fake.find(p.name) fake.create(p.name) fake.ensure { name = 'web' } fake.remove 'old'"),
          kPropose);
  INFO((report.error ? report.error->message : ""));
  CHECK(report.exit == 0);
  CHECK(FakeWorld::calls.empty());
  CHECK(undeclared(report) == std::vector<std::string>{"find:nmpi", "create:nmpi", "ensure:web", "remove:old"});
  CHECK(to_json(report.permissions["permissions"]) ==
        R"({"fake":{"here":["create:{name}","ensure:web","find:{name}","remove:old"]}})");
  CHECK(report.plan["end"].is_null());
}

TEST_CASE_METHOD(HostFixture, "propose: a read that is permitted is made, one that is not gives an unknown", "[host]") {
  FakeWorld::things = {{"a", "text"}, {"b", "text"}};
  const RunReport report = run(runbook_of("{ fake = { here = { 'x.find:a', '*:a' } } }",
                                          "print(fake.find('a').text) print(fake.find('b').text)"),
                               kPropose);
  CHECK(report.exit == 0);
  CHECK(printed == "text\n");
  CHECK(FakeWorld::calls.empty());
  CHECK_THAT(report.plan["end"]["because"].as_string(), ContainsSubstring("fake.find, which is not permitted"));
  CHECK(undeclared(report) == std::vector<std::string>{"find:b"});
  REQUIRE(report.permissions["unused"].items().size() == 1);
  CHECK(report.permissions["unused"].items()[0]["pattern"] == Value("x.find:a"));
}

TEST_CASE_METHOD(HostFixture, "propose: --allow lets a read through, and it is still listed as undeclared", "[host]") {
  FakeWorld::things = {{"b", "text"}};
  RunOptions options = kPropose;
  options.allow = {"fake=here=*find:b"};
  const RunReport report = run(runbook_of("{}", "print(fake.find('b').text)"), options);
  INFO((report.error ? report.error->message : ""));
  CHECK(printed == "text\n");
  CHECK(undeclared(report) == std::vector<std::string>{"find:b"});
}

TEST_CASE_METHOD(HostFixture, "propose: what --deny takes away is refused as ever", "[host]") {
  RunOptions options = kPropose;
  options.deny = {"fake"};
  const RunReport report = run(runbook_of("{}", "fake.create 'a'"), options);
  CHECK(report.exit == exit_code::kDenied);
  CHECK(undeclared(report) == std::vector<std::string>{"create:a"});
}

TEST_CASE_METHOD(HostFixture, "propose: only a dry run proposes; a run is refused what it may not do", "[host]") {
  RunOptions options;
  options.propose = true;
  CHECK(run(runbook_of("{}", "fake.create 'a'"), options).exit == exit_code::kDenied);
  CHECK(FakeWorld::calls.empty());
}

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
  const RunReport report = run(runbook_of(std::string("local u = fake.create('a') ") + use + " print('went on')"), {.mode = Mode::kDryRun});
  CHECK(report.exit == 0);
  CHECK(printed.empty());
  CHECK_FALSE(report.plan["end"].is_null());
}

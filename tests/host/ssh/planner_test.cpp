// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/login/planner.h"

#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

namespace runbook::ssh {

namespace {

struct Plans {
  TempDirectory directory;
  Loop loop;
  std::optional<Planner> planner{std::in_place, loop, std::make_shared<LoginFiles>()};
  std::vector<std::string> planned;

  Destination to(const std::string& host) const {
    Destination out;
    out.address = *Address::parse(host);
    out.config = directory / "config";
    out.known_hosts = directory / "known_hosts";
    return out;
  }
  Cancel plan(const std::string& host) {
    return planner->plan(to(host), [this, host](const Result<LoginPlan>& plan) {
      planned.push_back(plan ? host + " is " + plan->host : plan.error().code);
    });
  }
  void turn() {
    while (loop.turn()) {
    }
  }
};

}  // namespace

TEST_CASE("planner: the files are read for the first login, and the others of a fleet find them in memory") {
  Plans plans;
  plans.directory.file("config", "Host a\n HostName 192.0.2.1\nHost b\n HostName 192.0.2.2\n");
  plans.plan("a");
  plans.turn();
  plans.directory.file("config", "Host b\n HostName 192.0.2.9\n");
  plans.plan("b");
  plans.turn();
  REQUIRE(plans.planned == std::vector<std::string>{"a is 192.0.2.1", "b is 192.0.2.2"});
}

TEST_CASE("planner: logins that are asked for at once are planned in their order, without those that were cancelled") {
  Plans plans;
  plans.directory.file("config", "");
  plans.plan("a");
  plans.plan("b")();
  plans.plan("c");
  REQUIRE(plans.planned.empty());
  plans.turn();
  REQUIRE(plans.planned == std::vector<std::string>{"a is a", "c is c"});
}

TEST_CASE("planner: what cannot be read is told for each login, and does not hold up the others") {
  Plans plans;
  plans.directory.file("config", "Nonsense\n");
  plans.plan("a");
  plans.plan("b");
  plans.turn();
  REQUIRE(plans.planned == std::vector<std::string>{"ssh.config", "ssh.config"});
}

TEST_CASE("planner: one that goes while files are read calls nobody") {
  Plans plans;
  plans.directory.file("config", "");
  plans.plan("a");
  plans.plan("b");
  // In the turn that begins to read, and so before anything can have been read.
  plans.loop.post([&plans] { plans.planner.reset(); });
  plans.turn();
  REQUIRE(plans.planned.empty());
}

}  // namespace runbook::ssh

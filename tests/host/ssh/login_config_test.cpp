// SPDX-License-Identifier: Apache-2.0
//
// A configuration that the runbook names is the runbook's word: all that it says is shown before it is obeyed.
#include "host/ssh/login/login_config.h"

#include "host/core/text.h"
#include "tests/host/ssh/login_home.h"

namespace runbook::ssh {

namespace {

using Strings = std::vector<std::string>;

Destination by(const LoginHome& home, const std::string& address, const std::string& config) {
  Destination out = home.to(address);
  out.config = home.file("named", config);
  return out;
}

}  // namespace

TEST_CASE("named config: whom it means, its keys, its known hosts and its agent are shown") {
  LoginHome home;
  const Destination to = by(home, "web1",
                            "Host web1\n  HostName evil.example\n  User root\n  Port 2222\n  IdentityFile ~/other/key\n"
                            "  UserKnownHostsFile ~/other/kh\n  StrictHostKeyChecking accept-new\n  IdentityAgent ~/other/agent\n");
  const NamedWay way = named_way(to, home.files);
  REQUIRE(way.steps.size() == 1);
  const NamedWay::Step& step = way.steps[0];
  CHECK(step.named.show() == "web1");
  CHECK(step.resolved.show() == "root@evil.example:2222");
  CHECK(step.keys == Strings{home / "other/key"});
  CHECK(step.known_hosts == Strings{home / "other/kh"});
  CHECK(step.accept_new);
  CHECK(step.agent == home / "other/agent");
}

TEST_CASE("named config: the machines on the way are shown too, and whom they mean") {
  LoginHome home;
  const Destination to = by(home, "web1",
                            "Host web1\n  ProxyJump ops@one,two\nHost one\n  HostName 192.0.2.1\n  ProxyJump zero\nHost two\n  IdentityFile ~/two\n");
  const NamedWay way = named_way(to, home.files);
  Strings seen;
  for (const auto& step : way.steps) seen.push_back(cat(step.named.show(), '>', step.resolved.show(), '>', step.behind));
  CHECK(seen == Strings{"web1>web1>", "two>two>web1", "ops@one>ops@192.0.2.1>two", "zero>zero>ops@one"});
  CHECK(way.steps[1].keys == Strings{home / "two"});
}

TEST_CASE("named config: what it includes is shown, also where that cannot be understood") {
  LoginHome home;
  const std::string secret = home.file("secret", "hunter2 is the password\n");
  const Destination to = by(home, "web1", cat("Include ", secret, '\n'));
  const NamedWay way = named_way(to, home.files);
  CHECK(way.included == Strings{secret});
  CHECK(way.steps.empty());
}

TEST_CASE("named config: what was shown is what a login does, whatever the file says later") {
  LoginHome home;
  const Destination to = by(home, "web1", cat("Include ", home / "part", '\n'));
  REQUIRE(named_way(to, home.files).steps[0].resolved.show() == "web1");
  home.file("part", "HostName evil.example\n");
  CHECK(home.plan(to).host == "web1");
  home.file("named", "HostName evil.example\n");
  CHECK(home.plan(to).host == "web1");
  // Nor the other way round: what could not be read is not obeyed unseen.
  Destination other = home.to("web1");
  other.config = home / "later";
  REQUIRE(named_way(other, home.files).steps.empty());
  home.file("later", "HostName evil.example\n");
  CHECK_FALSE(plan_login(other, home.files).ok());
  CHECK(named_way(other, home.files).steps[0].resolved.show() == "evil.example");
  CHECK(home.plan(other).host == "evil.example");
}

TEST_CASE("named config: a way that does not end is not gone") {
  LoginHome home;
  const Destination to = by(home, "one", "Host one\n  ProxyJump two\nHost two\n  ProxyJump one\n");
  CHECK(named_way(to, home.files).steps.size() == 16);
  auto plan = plan_login(to, home.files);
  REQUIRE_FALSE(plan.ok());
  CHECK(plan.error().code == "ssh.config");
}

TEST_CASE("named config: the user's own configuration is the user's word, by whatever name") {
  LoginHome home;
  home.file(".ssh/config", "HostName elsewhere\n");
  for (const std::string& path : {std::string("~/.ssh/config"), home / ".ssh/config", home / ".ssh/../.ssh/config"}) {
    Destination to = home.to("web1");
    to.config = path;
    CHECK(named_way(to, home.files).steps.empty());
    CHECK(home.plan(to).host == "elsewhere");
  }
  CHECK(named_way(home.to("web1"), home.files).steps.empty());
}

}  // namespace runbook::ssh

// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/login/login_plan.h"

#include "host/core/encoding.h"
#include "host/core/text.h"
#include "host/ssh/login/host_key.h"
#include "host/ssh/login/login.h"
#include "host/ssh/wire.h"
#include "tests/host/ssh/login_home.h"

namespace runbook::ssh {

namespace {

using Strings = std::vector<std::string>;

const Strings kSystem = {"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"};

Strings and_system(Strings own) {
  own.insert(own.end(), kSystem.begin(), kSystem.end());
  return own;
}

bool noted(const LoginPlan& plan, const std::string& words) { return join(plan.notes, "\n").find(words) != std::string::npos; }

}  // namespace

TEST_CASE("login plan: the system's known hosts are always asked too, whatever file is named") {
  LoginHome home;
  const LoginPlan usual = home.plan(home.to("web1"));
  CHECK(usual.known_files == and_system({home / ".ssh/known_hosts", home / ".ssh/known_hosts2"}));
  CHECK(usual.new_keys_file == home / ".ssh/known_hosts");
  Destination named = home.to("web1");
  named.known_hosts = "~/kh";
  CHECK(home.plan(named).known_files == and_system({home / "kh"}));
  home.file(".ssh/config", cat("UserKnownHostsFile ", home / "a", ' ', home / "b", '\n'));
  const LoginPlan configured = home.plan(home.to("web1"));
  CHECK(configured.known_files == and_system({home / "a", home / "b"}));
  CHECK(configured.new_keys_file == home / "a");
}

TEST_CASE("login plan: where the user keeps no known hosts new keys go nowhere, and the login is not held up") {
  for (const char* none : {"none", "/dev/null"}) {
    LoginHome home;
    home.file(".ssh/config", cat("UserKnownHostsFile ", none, "\nStrictHostKeyChecking accept-new\n"));
    const LoginPlan plan = home.plan(home.to("web1"));
    CHECK(plan.known_files == kSystem);
    CHECK(plan.new_keys_file.empty());
    CHECK(plan.accept_new);
    bool is_new = false;
    CHECK(judge_host_key(plan, WireWriter().string("ssh-ed25519").string(std::string(32, 'x')).take(), is_new).ok());
    CHECK(is_new);
  }
}

TEST_CASE("login plan: accept-new of ssh_config does not write to a file that the runbook names") {
  LoginHome home;
  home.file(".ssh/config", "StrictHostKeyChecking accept-new\n");
  CHECK(home.plan(home.to("web1")).accept_new);
  Destination to = home.to("web1");
  to.known_hosts = home / "kh";
  const LoginPlan plan = home.plan(to);
  CHECK_FALSE(plan.accept_new);
  CHECK(noted(plan, "accept-new is not followed"));
  to.accept_new = true;
  CHECK(home.plan(to).accept_new);
}

TEST_CASE("login plan: %p is the port of the address, if it has one") {
  LoginHome home;
  home.file(".ssh/config", "Port 3333\nUserKnownHostsFile ~/kh.%p\n");
  CHECK(home.plan(home.to("web1:2222")).new_keys_file == home / "kh.2222");
  CHECK(home.plan(home.to("web1")).new_keys_file == home / "kh.3333");
  CHECK(home.plan(home.to("web1:2222")).port == 2222);
}

TEST_CASE("login plan: a public key is the agent's to use, named itself or beside a private key that is not there") {
  LoginHome home;
  const std::string path = home.make_key("key");
  const std::string blob = *base64_decode(split(home.content("key.pub"), ' ')[1]);
  home.file(".ssh/config", "IdentityFile ~/key.pub\nIdentitiesOnly yes\n");
  const auto agents = [&](const LoginPlan& plan) { return plan.keys.size() == 1 && plan.keys[0].key == nullptr && plan.keys[0].blob == blob; };
  CHECK(agents(home.plan(home.to("web1"))));
  // A second time what was read is enough.
  const auto again = plan_login(home.to("web1"), home.files, Reading::kMemory);
  REQUIRE(again);
  CHECK(agents(*again));
  std::filesystem::remove(path);
  LoginHome other;
  other.file("key.pub", home.content("key.pub"));
  for (const char* named : {"key", "key.pub"}) {
    Destination to = other.to("web1");
    to.identity = other / named;
    const LoginPlan plan = other.plan(to);
    CHECK(agents(plan));
    CHECK(plan.only_these_keys);
  }
  Destination to = other.to("web1");
  to.identity = other / "nothing";
  CHECK_FALSE(plan_login(to, other.files).ok());
}

TEST_CASE("login plan: a time of 0 to connect in is no time at all, and counts as not said") {
  LoginHome home;
  home.file(".ssh/config", "ConnectTimeout 0\n");
  CHECK(home.plan(home.to("web1")).connect_timeout == 15);
}

TEST_CASE("login plan: RSA keys shorter than RequiredRSASize are not used, and not taken from a server") {
  LoginHome home;
  home.make_key("short", "rsa", "2048");
  home.make_key("long", "rsa", "3072");
  home.file(".ssh/config", "RequiredRSASize 3072\nIdentityFile ~/short\nIdentityFile ~/long\n");
  const LoginPlan plan = home.plan(home.to("web1"));
  CHECK(home.paths(plan) == Strings{home / "long"});
  CHECK(noted(plan, "RequiredRSASize"));
  Destination named = home.to("web1");
  named.identity = home / "short";
  auto refused = plan_login(named, home.files);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == "ssh.key_unsupported");
  bool is_new = false;
  const std::string blob = *base64_decode(split(home.content("short.pub"), ' ')[1]);
  const Status judged = judge_host_key(plan, blob, is_new);
  REQUIRE_FALSE(judged.ok());
  CHECK(judged.error().message.find("RequiredRSASize") != std::string::npos);
}

TEST_CASE("login plan: a machine on the way is logged in to with its own keys first, and by its own rules") {
  LoginHome home;
  for (const char* name : {"mine", "bastions"}) home.make_key(name);
  home.file(".ssh/config", "Host bastion\n  IdentityFile ~/bastions\n");
  Destination to = home.to("web1");
  to.identity = home / "mine";
  to.password = "secret";
  to.accept_new = true;
  to.known_hosts = home / "kh";
  CHECK(home.paths(home.plan(to)) == Strings{home / "mine"});
  const LoginPlan plan = home.plan(to.jump(*Address::parse("bastion")));
  CHECK(home.paths(plan) == Strings{home / "bastions", home / "mine"});
  CHECK_FALSE(plan.only_these_keys);
  CHECK_FALSE(plan.accept_new);
  CHECK(plan.password.empty());
  CHECK(plan.known_files.front() == home / "kh");
  home.file(".ssh/config2", "Host bastion\n  IdentityFile ~/bastions\n  IdentitiesOnly yes\n");
  to.config = home / ".ssh/config2";
  CHECK(home.paths(home.plan(to.jump(*Address::parse("bastion")))) == Strings{home / "bastions"});
}

TEST_CASE("login plan: a refused host key tells of lines that cannot be read, and names sshd's files as they are") {
  LoginHome home;
  home.file(".ssh/known_hosts", "web1 ssh-ed25519 AAAAdamaged\n");
  bool is_new = false;
  const Status judged = judge_host_key(home.plan(home.to("web1")), WireWriter().string("ssh-ed25519").string(std::string(32, 'x')).take(), is_new);
  REQUIRE_FALSE(judged.ok());
  CHECK(judged.error().hint.find("known_hosts:1") != std::string::npos);
  CHECK(judged.error().hint.find("/etc/ssh/ssh_host_ed25519_key.pub") != std::string::npos);
}

TEST_CASE("a destination's port and times are within what there is, and its key gives nothing away") {
  const auto from = [](const char* key, Value value) { return Destination::from(Value::object({{"host", "web1"}, {key, std::move(value)}})); };
  for (const std::int64_t port : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{65536}, std::int64_t{4294967318}}) {
    CHECK_FALSE(from("port", Value(port)).ok());
  }
  CHECK(from("port", Value(std::int64_t{65535})).ok());
  CHECK_FALSE(from("connect_timeout", Value(std::numeric_limits<double>::quiet_NaN())).ok());
  CHECK_FALSE(from("alive_interval", Value(std::numeric_limits<double>::infinity())).ok());
  Destination to = LoginHome::to("web1");
  to.password = "right horse";
  const std::string key = to.key();
  CHECK(key.find("right horse") == std::string::npos);
  to.password = "wrong horse";
  CHECK(key != to.key());
}

TEST_CASE("a password is handed on with all its bytes") {
  const std::string text("a\0b", 3);
  char* copy = allocated(text);
  CHECK(std::string_view(copy, 4) == std::string_view("a\0b\0", 4));
  std::free(copy);
}

}  // namespace runbook::ssh

// SPDX-License-Identifier: Apache-2.0
#include <signal.h>

#include <optional>
#include <thread>

#include "host/core/process.h"
#include "host/core/text.h"
#include "tests/host/ssh/keys/agent_probe.h"
#include "tests/host/ssh/keys/fake_agent.h"
#include "tests/host/ssh/keys/key_tools.h"
#include "tests/support/skip.h"

using namespace runbook;
using namespace std::chrono_literals;

namespace {

/// Of a program's own, as `eval $(ssh-agent)` starts it.
class RealAgent {
 public:
  explicit RealAgent(const TempDirectory& directory) : socket(directory / "agent") {
    const Ran ran = run_program({"ssh-agent", "-s", "-a", socket});
    REQUIRE(ran.code == 0);
    const auto at = ran.out.find("SSH_AGENT_PID=");
    REQUIRE(at != std::string::npos);
    pid = std::stoi(ran.out.substr(at + 14));
  }
  ~RealAgent() { end(); }
  void end() {
    if (pid == 0) return;
    kill(pid, SIGTERM);
    for (int i = 0; i < 500 && process_start_ticks(pid) != 0; ++i) std::this_thread::sleep_for(10ms);
    CHECK(process_start_ticks(pid) == 0);
    pid = 0;
  }
  void add(const std::string& file) const {
    const Ran ran = run_program({"ssh-add", "-q", file}, {}, {{"SSH_AUTH_SOCK", socket}});
    INFO(ran.error);
    REQUIRE(ran.code == 0);
  }

  const std::string socket;
  pid_t pid = 0;
};

}  // namespace

TEST_CASE("ssh-agent: its keys are listed, and sign what OpenSSH takes") {
  if (!has_openssh()) RUNBOOK_SKIP("there is no OpenSSH");
  const TempDirectory directory;
  RealAgent real(directory);
  Loop loop;
  {
    Agent agent(loop, real.socket);
    const Keys none = keys_of(loop, agent);
    REQUIRE(none);
    CHECK(none->empty());
    const std::vector<std::pair<std::string, std::vector<std::string>>> made = {
        {"ssh-ed25519", {"-t", "ed25519"}},
        {"ecdsa-sha2-nistp521", {"-t", "ecdsa", "-b", "521"}},
        {"ssh-rsa", {"-t", "rsa", "-b", "2048"}}};
    for (const auto& [type, options] : made) {
      make_key(directory, type, options);
      real.add(directory / type);
    }
    const Keys keys = keys_of(loop, agent);
    REQUIRE(keys);
    REQUIRE(keys->size() == made.size());
    for (std::size_t i = 0; i < made.size(); ++i) {
      const AgentKey& key = keys->at(i);
      CHECK(key.type == made[i].first);
      CHECK(key.comment == "a comment");
      CHECK(key.blob == blob_of(directory.content(key.type + ".pub")));
      using Names = std::vector<std::string>;
      for (const std::string& algorithm :
           key.type == "ssh-rsa" ? Names{"rsa-sha2-512", "rsa-sha2-256"} : Names{key.type}) {
        const Signature signature = sign(loop, agent, key.blob, algorithm, sshsig_text("deploy"));
        INFO((signature ? "" : signature.error().message));
        REQUIRE(signature);
        CHECK(openssh_verifies(directory, key.blob, algorithm, *signature, "deploy"));
        CHECK_FALSE(openssh_verifies(directory, key.blob, algorithm, *signature, "destroy"));
      }
    }
    CHECK(sign(loop, agent, keys->at(2).blob, "ssh-rsa", "data"));

    const Signature refused = sign(loop, agent, kEd25519, "ssh-ed25519", "data");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "ssh.agent");
    CHECK_THAT(refused.error().message, ContainsSubstring("refused to sign"));
    CHECK(keys_of(loop, agent));  // it answers all the same
  }
  settle(loop);
}

TEST_CASE("ssh-agent: one that ends is missed by the next request, and found again when it is back") {
  if (!has_openssh()) RUNBOOK_SKIP("there is no OpenSSH");
  const TempDirectory directory;
  Loop loop;
  {
    std::optional<RealAgent> real;
    real.emplace(directory);
    Agent agent(loop, directory / "agent");
    CHECK(keys_of(loop, agent));
    real->end();
    loop.turn(false);
    const Keys gone = keys_of(loop, agent);
    REQUIRE_FALSE(gone);
    CHECK(gone.error().code == "ssh.agent");
    real.emplace(directory);
    CHECK(keys_of(loop, agent));
  }
  settle(loop);
}

TEST_CASE("an agent: where there is none the error says how to start one") {
  const TempDirectory directory;
  for (const std::string& path :
       {directory / "nothing", std::string(), std::string(200, 'x'), directory.file("file", "")}) {
    Loop loop;
    {
      Agent agent(loop, path);
      const Keys keys = keys_of(loop, agent);
      REQUIRE_FALSE(keys);
      CHECK(keys.error().code == "ssh.agent");
      CHECK_THAT(keys.error().hint, ContainsSubstring("ssh-add"));
      CHECK_FALSE(keys_of(loop, agent));  // and again
    }
    settle(loop);
  }
}

TEST_CASE("an agent: one that hangs is given up, and asked anew on another connection") {
  const TempDirectory directory;
  Loop loop;
  {
    bool hangs = true;
    FakeAgent fake(loop, directory / "agent",
                   [&](const std::string&) { return hangs ? FakeAgent::Reply{} : FakeAgent::message(list_of_one()); });
    Agent agent(loop, directory / "agent");
    loop.begin_virtual_time(0);
    const Keys late = keys_of(loop, agent);
    REQUIRE_FALSE(late);
    CHECK(late.error().code == "ssh.agent");
    CHECK(late.error().retryable);
    CHECK(loop.now() == 10s);
    const Signature unsigned_text = sign(loop, agent, kEd25519, "ssh-ed25519", "data");
    REQUIRE_FALSE(unsigned_text);
    CHECK(loop.now() == 70s);
    loop.end_virtual_time();
    hangs = false;
    CHECK(keys_of(loop, agent));
  }
  settle(loop);
}

TEST_CASE("an agent: requests share a connection and are answered in their order") {
  const TempDirectory directory;
  Loop loop;
  {
    FakeAgent fake(loop, directory / "agent", [](const std::string& message) {
      return FakeAgent::message(message[0] == 11 ? list_of_one() : signed_with("ssh-ed25519"));
    });
    Agent agent(loop, directory / "agent");
    std::string order;
    agent.keys([&](Keys keys) { order += keys ? 'k' : '-'; });
    agent.sign(kEd25519, "ssh-ed25519", "data", [&](Signature signature) { order += signature ? 's' : '-'; });
    // One that is asked for from inside an answer.
    agent.keys([&](Keys) { agent.keys([&](Keys keys) { order += keys ? 'n' : '-'; }); });
    while (order.size() < 3 && loop.turn()) {
    }
    CHECK(order == "ksn");
    CHECK(fake.connections == 1);
  }
  settle(loop);
}

TEST_CASE("an agent: a connection that nobody waits for does not keep the loop") {
  if (!has_openssh()) RUNBOOK_SKIP("there is no OpenSSH");
  const TempDirectory directory;
  RealAgent real(directory);
  Loop loop;
  {
    Agent agent(loop, real.socket);
    CHECK(keys_of(loop, agent));
    CHECK_FALSE(loop.turn(false));
    CHECK(loop.open_handles() == 1);
  }
  settle(loop);
}

TEST_CASE("an agent: what was cancelled is never answered, and disturbs no other request") {
  const TempDirectory directory;
  Loop loop;
  {
    bool hangs = true;
    FakeAgent fake(loop, directory / "agent", [&](const std::string&) {
      return std::exchange(hangs, false) ? FakeAgent::Reply{} : FakeAgent::message(list_of_one());
    });
    Agent agent(loop, directory / "agent");
    std::string order;
    auto first = agent.keys([&](Keys) { order += '1'; });
    auto second = agent.keys([&](Keys) { order += '2'; });
    agent.keys([&](Keys keys) { order += keys ? '3' : '-'; });
    while (fake.messages.empty() && loop.turn()) {
    }
    second();
    first();
    while (order.empty() && loop.turn()) {
    }
    CHECK(order == "3");
    CHECK(fake.connections == 2);
    auto late = agent.keys([&](Keys) { order += '4'; });
    while (order.size() < 2 && loop.turn()) {
    }
    late();  // after the answer: nothing
    CHECK(keys_of(loop, agent));
    CHECK(fake.connections == 2);
  }
  settle(loop);
}

TEST_CASE("an agent: it may end at any time, also inside an answer") {
  const TempDirectory directory;
  for (int turns = 0; turns < 8; ++turns) {
    Loop loop;
    {
      FakeAgent fake(loop, directory / cat("agent", turns),
                     [](const std::string&) { return FakeAgent::message(list_of_one()); });
      auto agent = std::make_unique<Agent>(loop, directory / cat("agent", turns));
      bool answered = false;
      auto cancel = agent->keys([&](Keys) { answered = true; });
      for (int i = 0; i < turns && !answered; ++i) loop.turn(false);
      const bool before = answered;
      agent.reset();
      cancel();
      for (int i = 0; i < 5; ++i) loop.turn(false);
      CHECK(answered == before);
    }
    settle(loop);
  }
  for (const bool fails : {false, true}) {
    Loop loop;
    {
      FakeAgent fake(loop, directory / cat("inside", fails), [&](const std::string&) {
        return FakeAgent::Reply{FakeAgent::message(list_of_one()).bytes, fails};
      });
      auto agent = std::make_unique<Agent>(loop, directory / cat("inside", fails));
      bool answered = false, another = false;
      agent->keys([&](Keys) {
        answered = true;
        agent.reset();
      });
      agent->keys([&](Keys) { another = true; });
      while (!answered && loop.turn()) {
      }
      for (int i = 0; i < 5; ++i) loop.turn(false);
      CHECK_FALSE(another);
    }
    settle(loop);
  }
}

// SPDX-License-Identifier: Apache-2.0
#include <random>

#include "tests/host/ssh/keys/agent_probe.h"
#include "tests/host/ssh/keys/fake_agent.h"
#include "tests/support/temp_directory.h"

using namespace runbook;

namespace {

/// What asking for keys, and for a signature, gives of this answer.
Keys keys_of_answer(const FakeAgent::Reply& reply) {
  const TempDirectory directory;
  Loop loop;
  std::optional<Keys> keys;
  {
    FakeAgent fake(loop, directory / "agent", [&](const std::string&) { return reply; });
    Agent agent(loop, directory / "agent");
    keys = keys_of(loop, agent);
  }
  settle(loop);
  return *std::move(keys);
}

Signature signature_of_answer(const FakeAgent::Reply& reply) {
  const TempDirectory directory;
  Loop loop;
  std::optional<Signature> signature;
  {
    FakeAgent fake(loop, directory / "agent", [&](const std::string&) { return reply; });
    Agent agent(loop, directory / "agent");
    signature = sign(loop, agent, kEd25519, "ssh-ed25519", "data");
  }
  settle(loop);
  return *std::move(signature);
}

}  // namespace

TEST_CASE("an agent: answers that are none are told from answers") {
  for (const std::string& bytes :
       {std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string(4, '\0'), WireWriter().u32(256 * 1024 + 1).take(),
        WireWriter().u32(0xffffffff).take(), FakeAgent::message("\x63").bytes, FakeAgent::message("\x0c").bytes,
        FakeAgent::message(signed_with("ssh-ed25519")).bytes, FakeAgent::message(list_of_one() + "x").bytes,
        FakeAgent::message(list_of_one()).bytes + FakeAgent::message(list_of_one()).bytes,
        FakeAgent::message(WireWriter().byte(12).u32(0xffffffff).take()).bytes}) {
    const Keys keys = keys_of_answer({bytes});
    REQUIRE_FALSE(keys);
    CHECK(keys.error().code == "ssh.agent");
    CHECK_THAT(keys.error().message, ContainsSubstring("is no agent"));
  }
  REQUIRE(keys_of_answer(FakeAgent::message(list_of_one())));
}

TEST_CASE("an agent: lists and signatures that are cut off are refused at every byte") {
  for (std::size_t length = 1; length < list_of_one().size(); ++length) {
    CHECK_FALSE(keys_of_answer(FakeAgent::message(list_of_one().substr(0, length))));
  }
  const std::string whole = signed_with("ssh-ed25519");
  REQUIRE(*signature_of_answer(FakeAgent::message(whole)) == "signature");
  for (std::size_t length = 1; length < whole.size(); ++length) {
    CHECK_FALSE(signature_of_answer(FakeAgent::message(whole.substr(0, length))));
  }
}

TEST_CASE("an agent: answers at random break nothing") {
  std::mt19937 random(20261121);
  for (int i = 0; i < 60; ++i) {
    std::string answer = i % 2 == 0 ? list_of_one() : signed_with("ssh-ed25519");
    for (unsigned j = 0; j <= random() % 4; ++j) answer[random() % answer.size()] = static_cast<char>(random());
    (void)keys_of_answer(FakeAgent::message(answer));
    (void)signature_of_answer(FakeAgent::message(answer));
  }
}

TEST_CASE("an agent: an answer in pieces is put together") {
  const TempDirectory directory;
  Loop loop;
  {
    // More than one read, and more than the socket's buffer, takes at once.
    const std::string whole = FakeAgent::message(std::string("\x0c\0\0\0\1", 5) +
                                                 WireWriter().string(kEd25519).string(std::string(200'000, 'c')).text())
                                  .bytes;
    FakeAgent fake(loop, directory / "agent", [&](const std::string&) { return FakeAgent::Reply{whole}; });
    Agent agent(loop, directory / "agent");
    const Keys keys = keys_of(loop, agent);
    REQUIRE(keys);
    CHECK(keys->at(0).comment.size() == 200'000);
  }
  settle(loop);
}

TEST_CASE("an agent: a refusal, a closed connection and another algorithm are said in words") {
  CHECK_THAT(keys_of_answer(FakeAgent::message("\x05")).error().message, ContainsSubstring("does not show its keys"));
  CHECK_THAT(signature_of_answer(FakeAgent::message("\x05")).error().message, ContainsSubstring("refused to sign"));
  const Error closed = keys_of_answer({"", true}).error();
  CHECK_THAT(closed.message, ContainsSubstring("closed the connection"));
  CHECK(closed.retryable);
  const Error other = signature_of_answer(FakeAgent::message(signed_with("ssh-rsa"))).error();
  CHECK(other.code == "ssh.agent");
  CHECK_THAT(other.message, ContainsSubstring("signed with 'ssh-rsa' where 'ssh-ed25519' was asked for"));
}

TEST_CASE("an agent: RSA is asked for with the flags of its algorithm") {
  const TempDirectory directory;
  Loop loop;
  {
    FakeAgent fake(loop, directory / "agent", [](const std::string&) { return FakeAgent::message("\x05"); });
    Agent agent(loop, directory / "agent");
    const std::string blob = WireWriter().string("ssh-rsa").take();
    for (const char* algorithm : {"ssh-rsa", "rsa-sha2-256", "rsa-sha2-512"})
      CHECK_FALSE(sign(loop, agent, blob, algorithm, "data"));
    for (std::uint32_t i = 0; i < 3; ++i)
      CHECK(fake.messages.at(i) == WireWriter().byte(13).string(blob).string("data").u32(i * 2).text());
  }
  settle(loop);
}

TEST_CASE("an agent: a security key is refused before anybody is to touch it") {
  const TempDirectory directory;
  Loop loop;
  {
    FakeAgent fake(loop, directory / "agent", [](const std::string&) { return FakeAgent::message("\x05"); });
    Agent agent(loop, directory / "agent");
    const std::string type = "sk-ssh-ed25519@openssh.com";
    CHECK(sign(loop, agent, WireWriter().string(type).take(), type, "data").error().code == "ssh.key_unsupported");
    CHECK(fake.messages.empty());
  }
  settle(loop);
}

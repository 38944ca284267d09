// SPDX-License-Identifier: Apache-2.0
// Asks an agent and waits for the answer; and what an agent may say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/ssh/keys/agent.h"
#include "host/ssh/wire.h"
#include "tests/support/catch.h"

namespace runbook {

using ssh::Agent;
using ssh::AgentKey;
using ssh::WireWriter;
using Keys = Result<std::vector<AgentKey>>;
using Signature = Result<std::string>;

template <class T>
T wait_for(Loop& loop, std::optional<T>& slot) {
  while (!slot && loop.turn()) {
  }
  REQUIRE(slot);
  return *std::move(slot);
}

inline Keys keys_of(Loop& loop, Agent& agent) {
  std::optional<Keys> slot;
  agent.keys([&](Keys result) { slot = std::move(result); });
  CHECK_FALSE(slot);  // never from inside the call
  return wait_for(loop, slot);
}

inline Signature sign(Loop& loop, Agent& agent, const std::string& blob, const std::string& algorithm,
                      const std::string& data) {
  std::optional<Signature> slot;
  agent.sign(blob, algorithm, data, [&](Signature result) { slot = std::move(result); });
  CHECK_FALSE(slot);
  return wait_for(loop, slot);
}

inline void settle(Loop& loop) {
  while (loop.turn()) {
  }
  CHECK(loop.open_handles() == 0);
}

inline std::string list_of_one() {
  return WireWriter()
      .byte(12)
      .u32(1)
      .string(WireWriter().string("ssh-ed25519").string("point").text())
      .string("me")
      .take();
}

inline std::string signed_with(const std::string& algorithm) {
  return WireWriter().byte(14).string(WireWriter().string(algorithm).string("signature").text()).take();
}

inline const std::string kEd25519 = WireWriter().string("ssh-ed25519").string("point").take();

}  // namespace runbook

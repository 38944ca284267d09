// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runbook/callback.h"
#include "runbook/loop.h"
#include "runbook/result.h"

namespace runbook::ssh {

struct AgentKey {
  std::string blob;
  std::string type;  ///< the blob's first string
  std::string comment;
};

/// A client of ssh-agent (draft-ietf-sshm-ssh-agent) at a unix socket, on the loop. One connection at a time, opened by
/// the first request; requests are answered in order. One that breaks is opened anew by the next request, and one that
/// nobody waits for does not keep the loop running. Every answer has a deadline of ten seconds, but for signatures,
/// where a person may be asked (60 s). Errors: "ssh.agent" with what to do. When the agent's object ends, what is under
/// way is never answered.
class Agent {
 public:
  Agent(Loop& loop, std::string path);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  Cancel keys(Callback<void(Result<std::vector<AgentKey>>)> done);
  /// As PrivateKey::sign. The agent's word for the algorithm is compared with the one that was asked for.
  /// "ssh.key_unsupported": a security key, whose signatures have more parts than this one.
  Cancel sign(const std::string& blob, const std::string& algorithm, std::string_view data,
              Callback<void(Result<std::string>)> done);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace runbook::ssh

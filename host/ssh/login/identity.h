// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/ssh/keys/agent.h"
#include "host/ssh/keys/private_key.h"
#include "host/ssh/session/session.h"

namespace runbook::ssh {

/// One public key to offer, and who signs for it.
///
/// An RSA key can sign in several ways, and libssh2 before 1.11 knows only the one with SHA-1, which today's servers
/// refuse. But it takes the name of the algorithm from the key's own first word, and OpenSSH reads a key of the type
/// "rsa-sha2-512" as the RSA key that it is. So such a key is offered under that name. What is to be signed says by
/// which algorithm, and that is what is done: it serves newer libraries too.
class Identity {
 public:
  Identity(std::string blob, std::string offered, std::string name) : blob_(std::move(blob)), offered_(std::move(offered)), name_(std::move(name)) {}
  virtual ~Identity() = default;
  const std::string& blob() const { return offered_; }
  bool is(const std::string& blob) const { return blob == blob_; }
  const std::string& name() const { return name_; }        ///< for messages
  const std::string& problem() const { return problem_; }  ///< why it could not sign
  /// libssh2's callback: memory from malloc, LIBSSH2_ERROR_EAGAIN while the agent thinks.
  int sign(unsigned char** signature, std::size_t* size, std::string_view data);

 protected:
  /// Nothing: not yet.
  virtual std::optional<Result<std::string>> signature(const std::string& algorithm, std::string_view data) = 0;
  const std::string& real_blob() const { return blob_; }

 private:
  std::string blob_, offered_, name_, problem_;
};
using IdentityPtr = std::shared_ptr<Identity>;

/// The ways to offer a key to a server that greets with `banner`, most likely ones first.
std::vector<IdentityPtr> identities_of(const std::shared_ptr<PrivateKey>& key, const std::string& name, const std::string& banner);
std::vector<IdentityPtr> identities_of(Agent& agent, const AgentKey& key, const SessionPtr& session, const std::string& banner);

}  // namespace runbook::ssh

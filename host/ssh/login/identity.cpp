// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/login/identity.h"

#include <libssh2.h>

#include <cstdlib>
#include <cstring>

#include "host/core/text.h"
#include "host/ssh/wire.h"

namespace runbook::ssh {

namespace {

class FileIdentity final : public Identity {
 public:
  FileIdentity(std::shared_ptr<PrivateKey> key, std::string offered, std::string name)
      : Identity(key->blob(), std::move(offered), std::move(name)), key_(std::move(key)) {}

 protected:
  std::optional<Result<std::string>> signature(const std::string& algorithm, std::string_view data) override { return key_->sign(algorithm, data); }

 private:
  std::shared_ptr<PrivateKey> key_;
};

class AgentIdentity final : public Identity {
 public:
  AgentIdentity(Agent& agent, const AgentKey& key, std::string offered, const SessionPtr& session)
      : Identity(key.blob, std::move(offered), cat("the agent's key ", key.comment.empty() ? fingerprint(key.blob) : printable(key.comment))),
        agent_(agent),
        session_(session) {}
  ~AgentIdentity() override { asking_(); }

 protected:
  std::optional<Result<std::string>> signature(const std::string& algorithm, std::string_view data) override {
    if (answer_) return std::exchange(answer_, std::nullopt);
    if (!asked_) {
      asked_ = true;
      asking_ = agent_.sign(real_blob(), algorithm, data, [this](Result<std::string> signature) {
        answer_ = std::move(signature);
        if (const SessionPtr session = session_.lock()) session->wake();
      });
    }
    return std::nullopt;
  }

 private:
  Agent& agent_;
  std::weak_ptr<Session> session_;
  std::optional<Result<std::string>> answer_;
  bool asked_ = false;
  Cancel asking_;
};

// What is signed: the session's id, and a request that holds the algorithm (RFC 4252, section 7).
std::string algorithm_of(std::string_view data) {
  WireReader reader(data);
  reader.string();
  reader.byte();
  reader.string();
  reader.string();
  reader.string();
  reader.byte();
  return std::string(reader.string());
}

std::string renamed(const std::string& blob, std::string_view type) {
  WireReader reader(blob);
  reader.string();
  return WireWriter().string(type).raw(reader.rest()).take();
}

// Servers older than OpenSSH 7.2 know only signatures with SHA-1.
bool knows_sha2(const std::string& banner) {
  const std::size_t at = banner.find("OpenSSH_");
  if (at == std::string::npos) return true;
  char* end = nullptr;
  const long major = std::strtol(banner.c_str() + at + 8, &end, 10);
  const long minor = *end == '.' ? std::strtol(end + 1, nullptr, 10) : 0;
  return major > 7 || (major == 7 && minor >= 2);
}

std::vector<std::string> ways_to_offer(const std::string& type, const std::string& blob, const std::string& banner) {
  const bool new_library = libssh2_version(0x010b00) != nullptr;
  if (type != "ssh-rsa" || new_library || !knows_sha2(banner)) return {blob};
  const bool is_openssh = banner.find("OpenSSH_") != std::string::npos;
  if (is_openssh) return {renamed(blob, "rsa-sha2-512")};
  return {renamed(blob, "rsa-sha2-512"), blob};
}

}  // namespace

int Identity::sign(unsigned char** signature, std::size_t* size, std::string_view data) {
  auto made = this->signature(algorithm_of(data), data);
  if (!made) return LIBSSH2_ERROR_EAGAIN;
  if (!*made) {
    problem_ = made->error().message;
    return -1;
  }
  *signature = static_cast<unsigned char*>(std::malloc((*made)->size()));
  if (!*signature) return -1;
  std::memcpy(*signature, (*made)->data(), (*made)->size());
  *size = (*made)->size();
  return 0;
}

std::vector<IdentityPtr> identities_of(const std::shared_ptr<PrivateKey>& key, const std::string& name, const std::string& banner) {
  std::vector<IdentityPtr> out;
  for (std::string& offered : ways_to_offer(key->type(), key->blob(), banner)) {
    out.push_back(std::make_shared<FileIdentity>(key, std::move(offered), cat(name, " (", fingerprint(key->blob()), ')')));
  }
  return out;
}

std::vector<IdentityPtr> identities_of(Agent& agent, const AgentKey& key, const SessionPtr& session, const std::string& banner) {
  std::vector<IdentityPtr> out;
  for (std::string& offered : ways_to_offer(key.type, key.blob, banner)) {
    out.push_back(std::make_shared<AgentIdentity>(agent, key, std::move(offered), session));
  }
  return out;
}

}  // namespace runbook::ssh

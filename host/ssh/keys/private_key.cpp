// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/keys/private_key.h"

#include <openssl/err.h>

#include <algorithm>
#include <array>

#include "host/core/encoding.h"
#include "host/core/text.h"
#include "host/ssh/keys/evp.h"
#include "host/ssh/keys/key_errors.h"
#include "host/ssh/keys/key_material.h"
#include "host/ssh/keys/pem_key.h"

namespace runbook::ssh {
namespace {

constexpr std::size_t kMaxFile = 64U << 10U;  // RSA with 16384 bits takes 13 KB

class OpensslKey final : public PrivateKey {
 public:
  OpensslKey(PublicHalf half, Owned<EVP_PKEY> key)
      : PrivateKey(std::move(half.type), std::move(half.blob)), key_(std::move(key)) {}

  Result<std::string> sign(std::string_view algorithm, std::string_view data) const override {
    auto signature = sign_with(key_.get(), type(), algorithm, data);
    ERR_clear_error();
    return signature;
  }

 private:
  Owned<EVP_PKEY> key_;
};

/// A line of a .pub file, of known_hosts or of authorized_keys.
bool is_public_line(std::string_view text) {
  static constexpr std::array<std::string_view, 4> types = {"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"};
  return std::any_of(types.begin(), types.end(), [&](std::string_view type) { return text.starts_with(type); });
}

}  // namespace

Result<std::shared_ptr<PrivateKey>> PrivateKey::parse(std::string_view text, std::string_view passphrase,
                                                      const std::string& name) {
  if (text.size() > kMaxFile) return damaged(name, cat("it has ", text.size(), " bytes, and keys have a few thousand"));
  const std::string_view start = trim(text);
  if (start.empty()) return damaged(name, "it is empty");
  if (start.starts_with("PuTTY-User-Key-File-")) {
    return unsupported(name, "is a key of PuTTY's",
                       cat("convert it: puttygen ", name, " -O private-openssh -o NEW_FILE"));
  }
  if (is_public_line(start) || start.starts_with("---- BEGIN SSH2 PUBLIC KEY")) return public_key_given(name);
  auto key = read_pem_key(text, passphrase, name);
  if (!key) return std::move(key).error();
  auto half = public_half(key->get(), name);
  if (!half) return std::move(half).error();
  const auto checked = check_key(key->get(), name);
  ERR_clear_error();
  if (!checked) return checked.error();
  return std::shared_ptr<PrivateKey>(std::make_shared<OpensslKey>(*std::move(half), *std::move(key)));
}

std::string fingerprint(std::string_view blob) {
  std::string digest(32, '\0');
  EVP_Digest(blob.data(), blob.size(), out(digest), nullptr, EVP_sha256(), nullptr);
  std::string text = base64_encode(digest);
  while (text.ends_with('=')) text.pop_back();
  return "SHA256:" + text;
}

}  // namespace runbook::ssh

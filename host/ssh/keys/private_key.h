// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runbook/result.h"

namespace runbook::ssh {

/// A private key, parsed once and used for any number of connections.
class PrivateKey {
 public:
  /// PEM (PKCS#1, SEC1), PKCS#8 and openssh-key-v1; Ed25519, ECDSA (nistp256, 384, 521) and RSA. `name` stands in
  /// errors. "ssh.key_encrypted": there is no passphrase and it needs one; "ssh.passphrase": it is the wrong one;
  /// "ssh.key_unsupported": DSA, security keys, PuTTY's, a public key, RSA below 1024 bits, encryption that is not
  /// known or would take minutes; "ssh.key_format": damaged, or not a key. Asks nobody. Opening an encrypted key is
  /// made to take long, from a tenth of a second to about ten: off the loop, by Loop::blocking.
  static Result<std::shared_ptr<PrivateKey>> parse(std::string_view text, std::string_view passphrase,
                                                   const std::string& name);
  virtual ~PrivateKey() = default;

  const std::string& blob() const { return blob_; }  ///< the public key as in RFC 4253, section 6.6
  const std::string& type() const { return type_; }  ///< "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"
  /// Signs `data` with `algorithm` ("rsa-sha2-512" or "ssh-rsa" of an RSA key; else the type). Gives what follows the
  /// algorithm's name in a signature blob, without its length.
  virtual Result<std::string> sign(std::string_view algorithm, std::string_view data) const = 0;

 protected:
  PrivateKey(std::string type, std::string blob) : type_(std::move(type)), blob_(std::move(blob)) {}

 private:
  std::string type_, blob_;
};

/// "SHA256:..." of a public key, as ssh-keygen -l shows it.
std::string fingerprint(std::string_view blob);

}  // namespace runbook::ssh

// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/keys/key_errors.h"

#include "host/core/text.h"

namespace runbook::ssh {
namespace {

constexpr const char* kMakeAnother = "make another: ssh-keygen -t ed25519";

}  // namespace

Error damaged(const std::string& name, const std::string& what) {
  return Error("ssh.key_format", cat("'", name, "' is no private key that can be read: ", what));
}

Error unsupported(const std::string& name, const std::string& what, std::string hint) {
  return Error("ssh.key_unsupported", cat("'", name, "' ", what), std::move(hint));
}

std::optional<Error> refuse_type(std::string_view type, const std::string& name) {
  if (type == "ssh-dss") return unsupported(name, "is a DSA key, which servers refuse", kMakeAnother);
  if (type.starts_with("sk-")) {
    return unsupported(name, cat("only refers to a security key (", printable(type), "), which cannot be used here"),
                       "use a key that is in a file");
  }
  if (type != "ssh-ed25519" && type != "ssh-rsa" && !type.starts_with("ecdsa-sha2-nistp")) {
    return unsupported(name, cat("is a key of the unknown type '", printable(type.substr(0, 64)), "'"), kMakeAnother);
  }
  return std::nullopt;
}

Error public_key_given(const std::string& name) {
  return unsupported(
      name, "is a public key, and a private one is needed",
      name.ends_with(".pub") ? cat("name the file without '.pub': ", name.substr(0, name.size() - 4)) : "");
}

Error passphrase_missing(const std::string& name) {
  return Error("ssh.key_encrypted", cat("'", name, "' is encrypted, and there is no passphrase for it"),
               "give its passphrase, or add the key to an agent: ssh-add " + name);
}

Error passphrase_wrong(const std::string& name) {
  return Error("ssh.passphrase", cat("the passphrase for '", name, "' is wrong"), "try it: ssh-keygen -y -f " + name);
}

std::string new_encryption(const std::string& name) {
  return cat("encrypt it anew: ssh-keygen -p -a 32 -Z aes256-ctr -f ", name);
}

}  // namespace runbook::ssh

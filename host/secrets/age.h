// SPDX-License-Identifier: Apache-2.0
//
// The age file format, version 1 (age-encryption.org/v1): X25519 keys and passphrases, binary or armored. Files are
// exchangeable with the age program.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runbook/result.h"

namespace runbook::secrets {

/// A secret key: "AGE-SECRET-KEY-1...".
struct Identity {
  std::string secret;  ///< 32 bytes
  std::string point;   ///< its public key

  static Result<Identity> generate();
  static Result<Identity> parse(std::string_view text);
  std::string text() const;       ///< the secret key, to be kept
  std::string recipient() const;  ///< "age1...", to be given away
};

/// The keys of a file: one a line, empty lines and "#" comments between.
Result<std::vector<Identity>> parse_identities(std::string_view text);

/// The public key of "age1...".
Result<std::string> parse_recipient(std::string_view text);

/// Encrypts for everybody who holds one of the recipients' keys ("age1...").
Result<std::string> age_encrypt(std::string_view plain, const std::vector<std::string>& recipients);
/// Encrypts with a passphrase; 2^log_n is the work it costs to try one.
Result<std::string> age_encrypt_passphrase(std::string_view plain, std::string_view passphrase, int log_n = 18);

struct AgeKeys {
  std::vector<Identity> identities;
  /// Asked only for a file that wants one.
  std::function<Result<std::string>()> passphrase;
};

/// "age.format" for what is no such file, "age.no_key" where no key fits, "age.tampered" where it was changed.
Result<std::string> age_decrypt(std::string_view file, const AgeKeys& keys);

}  // namespace runbook::secrets

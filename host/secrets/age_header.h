// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runbook/result.h"

namespace runbook::secrets {

/// One way to the file's key.
struct AgeStanza {
  std::vector<std::string> args;  ///< the type first: "X25519", "scrypt"
  std::string body;
};

struct AgeHeader {
  std::vector<AgeStanza> stanzas;
  std::string mac;
  std::string signed_text;  ///< what the mac is of
  std::size_t size = 0;     ///< bytes of the file before the payload
};

/// The header up to and with "---": what the mac is of.
std::string age_header_text(const std::vector<AgeStanza>& stanzas);
Result<AgeHeader> parse_age_header(std::string_view file);

bool is_armored(std::string_view file);
/// The file inside "-----BEGIN AGE ENCRYPTED FILE-----".
Result<std::string> remove_armor(std::string_view text);

}  // namespace runbook::secrets

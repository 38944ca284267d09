// SPDX-License-Identifier: Apache-2.0
#include "host/journal/hash.h"

#include <openssl/sha.h>

#include <array>

namespace runbook::journal {

std::string sha256(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::string hex;
  for (const unsigned char byte : digest) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

std::string fingerprint(const Value& inputs) { return sha256(to_wire_json(inputs)); }

}  // namespace runbook::journal

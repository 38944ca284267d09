// SPDX-License-Identifier: Apache-2.0
// OpenSSL calls these functions deprecated. The ones that it offers instead bring up its providers first, which costs five
// times what the rest of a start costs; and every run begins by hashing its file.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "host/journal/hash.h"

#include <array>

namespace runbook::journal {

std::string sha256(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256_CTX state;
  SHA256_Init(&state);
  SHA256_Update(&state, text.data(), text.size());
  SHA256_Final(digest.data(), &state);
  std::string hex;
  for (const unsigned char byte : digest) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

std::string fingerprint(const Value& inputs) { return sha256(to_wire_json(inputs)); }

}  // namespace runbook::journal

// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/keys/bcrypt_pbkdf.h"

#include <algorithm>

#include "host/ssh/keys/blowfish.h"
#include "host/ssh/wire.h"

namespace runbook::ssh {
namespace {

constexpr std::size_t kHash = 32;

SecretBytes sha512(std::string_view text) {
  SecretBytes digest(64);
  EVP_Digest(text.data(), text.size(), out(digest), nullptr, EVP_sha512(), nullptr);
  return digest;
}

/// bcrypt with a fixed cost of 2^6 and longer keys, salt and output than the password hash of that name.
SecretBytes bcrypt_hash(std::string_view passphrase, std::string_view salt) {
  Blowfish cipher;
  cipher.mix(passphrase, salt);
  for (int i = 0; i < 64; ++i) {
    cipher.mix(salt);
    cipher.mix(passphrase);
  }
  WireReader text("OxychromaticBlowfishSwatDynamite");
  SecretBytes hash;
  hash.reserve(kHash);
  for (std::size_t block = 0; block < kHash / 8; ++block) {
    std::uint32_t words[2] = {text.u32(), 0};
    words[1] = text.u32();
    for (int i = 0; i < 64; ++i) cipher.encrypt(words[0], words[1]);
    // Read big-endian, written little-endian: so it was done first, and so it stays.
    for (const std::uint32_t word : words) {
      for (unsigned shift = 0; shift < 32; shift += 8) hash.push_back(static_cast<char>(word >> shift));
    }
    OPENSSL_cleanse(words, sizeof words);
  }
  return hash;
}

}  // namespace

SecretBytes bcrypt_pbkdf(std::string_view passphrase, std::string_view salt, std::uint32_t rounds, std::size_t length) {
  SecretBytes key(length);
  const SecretBytes hashed = sha512(passphrase);
  // Unlike PBKDF2's, the blocks do not follow each other but are dealt out byte by byte.
  const std::size_t blocks = (length + kHash - 1) / kHash;
  for (std::size_t block = 0; block < blocks; ++block) {
    const std::string numbered = WireWriter().raw(salt).u32(static_cast<std::uint32_t>(block + 1)).take();
    SecretBytes last = bcrypt_hash(view(hashed), view(sha512(numbered)));
    SecretBytes sum = last;
    for (std::uint32_t round = 1; round < rounds; ++round) {
      last = bcrypt_hash(view(hashed), view(sha512(view(last))));
      std::transform(sum.begin(), sum.end(), last.begin(), sum.begin(),
                     [](char a, char b) { return static_cast<char>(a ^ b); });
    }
    for (std::size_t i = 0; i * blocks + block < length; ++i) key[i * blocks + block] = sum[i];
  }
  return key;
}

}  // namespace runbook::ssh

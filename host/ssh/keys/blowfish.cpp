// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/keys/blowfish.h"

#include <openssl/crypto.h>

namespace runbook::ssh {
namespace {

/// A text as an endless stream of big-endian words.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}
  std::uint32_t next() {
    std::uint32_t word = 0;
    for (int i = 0; i < 4; ++i) {
      word = word << 8U | static_cast<unsigned char>(text_[at_]);
      if (++at_ == text_.size()) at_ = 0;
    }
    return word;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Blowfish::~Blowfish() { OPENSSL_cleanse(&state_, sizeof state_); }

void Blowfish::encrypt(std::uint32_t& left, std::uint32_t& right) const {
  const auto& boxes = state_.boxes;
  const auto mangle = [&boxes](std::uint32_t x) {
    return ((boxes[0][x >> 24U] + boxes[1][x >> 16U & 0xffU]) ^ boxes[2][x >> 8U & 0xffU]) + boxes[3][x & 0xffU];
  };
  std::uint32_t l = left ^ state_.subkeys[0];
  std::uint32_t r = right;
  for (int round = 1; round < 17; round += 2) {
    r ^= mangle(l) ^ state_.subkeys[round];
    l ^= mangle(r) ^ state_.subkeys[round + 1];
  }
  left = r ^ state_.subkeys[17];
  right = l;
}

void Blowfish::mix(std::string_view key, std::string_view salt) {
  Words key_words(key);
  for (std::uint32_t& subkey : state_.subkeys) subkey ^= key_words.next();
  Words words(salt);
  std::uint32_t left = 0, right = 0;
  const auto replace = [&](std::uint32_t* table, std::size_t count) {
    for (std::size_t i = 0; i < count; i += 2) {
      left ^= words.next();
      right ^= words.next();
      encrypt(left, right);
      table[i] = left;
      table[i + 1] = right;
    }
  };
  replace(state_.subkeys, 18);
  for (auto& box : state_.boxes) replace(box, 256);
}

}  // namespace runbook::ssh

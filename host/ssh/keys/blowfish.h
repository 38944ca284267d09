// SPDX-License-Identifier: Apache-2.0
//
// Blowfish as bcrypt needs it: with its slow key schedule laid open. OpenSSL's keeps it inside, and has deprecated it.
// Not for encrypting anything.
#pragma once

#include <cstdint>
#include <string_view>

namespace runbook::ssh {

class Blowfish {
 public:
  Blowfish() : state_(kInitial) {}
  ~Blowfish();
  Blowfish(const Blowfish&) = delete;
  Blowfish& operator=(const Blowfish&) = delete;

  /// Mixes a key into the tables. Neither text may be empty; both are repeated as far as needed.
  void mix(std::string_view key, std::string_view salt);
  void mix(std::string_view key) { mix(key, std::string_view("\0", 1)); }

  void encrypt(std::uint32_t& left, std::uint32_t& right) const;

 private:
  // Plain arrays: std::array's [] is a call where nothing is optimized, and this is done millions of times.
  struct Tables {
    std::uint32_t subkeys[18];
    std::uint32_t boxes[4][256];
  };
  static const Tables kInitial;

  Tables state_;
};

}  // namespace runbook::ssh

// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/keys/bcrypt_pbkdf.h"

#include "host/core/encoding.h"
#include "host/ssh/keys/blowfish.h"
#include "tests/support/catch.h"

using namespace runbook;

TEST_CASE("blowfish: gives what its author published") {
  // Of Eric Young's vectors, https://www.schneier.com/code/vectors.txt
  ssh::Blowfish zeros;
  zeros.mix(std::string_view("\0\0\0\0\0\0\0\0", 8));
  std::uint32_t left = 0, right = 0;
  zeros.encrypt(left, right);
  CHECK(left == 0x4EF99745);
  CHECK(right == 0x6198DD78);

  ssh::Blowfish counted;
  counted.mix("\x01\x23\x45\x67\x89\xAB\xCD\xEF");
  left = right = 0x11111111;
  counted.encrypt(left, right);
  CHECK(left == 0x61F9C380);
  CHECK(right == 0x2281B096);
}

// More than one block, and many rounds: the keys of ssh-keygen in private_key_test.cpp.
TEST_CASE("bcrypt_pbkdf: gives the keys that other implementations give") {
  const auto key = [](std::string_view passphrase, std::string_view salt, std::uint32_t rounds, std::size_t length) {
    return hex_encode(ssh::view(ssh::bcrypt_pbkdf(passphrase, salt, rounds, length)));
  };
  CHECK(key("password", "salt", 4, 32) == "5bbf0cc293587f1c3635555c27796598d47e579071bf427e9d8fbe842aba34d9");
  CHECK(key("password", "salt", 12, 32) == "1ae42c05d487bc02f64921a4ebe4ea93bcacfe135fda99974c06b7b01fae149a");
  CHECK(key("password", std::string_view("\0", 1), 4, 16) == "c12b566235eee04c212598970a579a67");
}

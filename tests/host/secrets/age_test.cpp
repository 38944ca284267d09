// SPDX-License-Identifier: Apache-2.0
#include "host/secrets/age.h"

#include "host/secrets/age_crypto.h"
#include "host/secrets/age_header.h"
#include "host/secrets/bech32.h"
#include "tests/support/catch.h"

using namespace runbook;
using namespace runbook::secrets;

namespace {

constexpr std::size_t kChunk = 64 * 1024;

AgeKeys with(const Identity& identity) {
  AgeKeys keys;
  keys.identities = {identity};
  return keys;
}

AgeKeys with_passphrase(std::string passphrase) {
  AgeKeys keys;
  keys.passphrase = [passphrase]() -> Result<std::string> { return passphrase; };
  return keys;
}

}  // namespace

TEST_CASE("age: what is encrypted for a key comes back, whatever its length") {
  const Identity identity = *Identity::generate();
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kChunk - 1, kChunk, kChunk + 1, 2 * kChunk, 3 * kChunk + 17}) {
    std::string plain(size, 'x');
    for (std::size_t i = 0; i < size; ++i) plain[i] = static_cast<char>(i * 31);
    const auto file = age_encrypt(plain, {identity.recipient()});
    REQUIRE(file.ok());
    const auto back = age_decrypt(*file, with(identity));
    REQUIRE(back.ok());
    CHECK(*back == plain);
  }
}

TEST_CASE("age: each recipient can read, nobody else") {
  const Identity a = *Identity::generate(), b = *Identity::generate(), c = *Identity::generate();
  const auto file = age_encrypt("hello", {a.recipient(), b.recipient()});
  CHECK(*age_decrypt(*file, with(a)) == "hello");
  CHECK(*age_decrypt(*file, with(b)) == "hello");
  CHECK(age_decrypt(*file, with(c)).error().code == "age.no_key");
  CHECK(age_decrypt(*file, {}).error().message == "the file wants a key, and there is none");
  CHECK(age_decrypt(*file, with_passphrase("x")).error().code == "age.no_key");
}

TEST_CASE("age: a passphrase") {
  const auto file = age_encrypt_passphrase("hello", "correct horse", 10);
  CHECK(*age_decrypt(*file, with_passphrase("correct horse")) == "hello");
  CHECK(age_decrypt(*file, with_passphrase("wrong")).error().message == "the passphrase is another one");
  CHECK(age_decrypt(*file, {}).error().code == "age.no_key");
}

TEST_CASE("age: a file that was changed or cut anywhere is refused") {
  const Identity identity = *Identity::generate();
  const std::string file = *age_encrypt(std::string(kChunk + 100, 'p'), {identity.recipient()});
  const auto step = [](std::size_t at) { return at < 400 ? 1 : 4999; };
  for (std::size_t at = 0; at < file.size(); at += static_cast<std::size_t>(step(at))) {
    std::string changed = file;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    INFO(at);
    CHECK_FALSE(age_decrypt(changed, with(identity)).ok());
    CHECK_FALSE(age_decrypt(file.substr(0, at), with(identity)).ok());
  }
  CHECK_FALSE(age_decrypt(file + "x", with(identity)).ok());
  const std::size_t header = parse_age_header(file)->size;
  // Without its last chunk every chunk that is left is authentic; only the mark on the last one is missing.
  CHECK(age_decrypt(file.substr(0, header + 16 + kChunk + 16), with(identity)).error().code == "age.tampered");
}

TEST_CASE("age: malformed files are refused and never crash") {
  const Identity identity = *Identity::generate();
  const std::string mac(43, 'A');
  for (const std::string& file :
       {std::string(), std::string("age"), std::string("age-encryption.org/v2\n"), std::string("age-encryption.org/v1\n--- ") + mac + "\n",
        std::string("age-encryption.org/v1\n-> \n\n--- ") + mac + "\n", std::string("age-encryption.org/v1\n-> X25519 AAAA\n\n--- ") + mac + "\n",
        std::string("age-encryption.org/v1\n-> X25519 ") + mac + "\n" + mac + "\n--- " + mac + "\n",
        std::string("age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 31\n") + mac + "\n--- " + mac + "\n",
        std::string("age-encryption.org/v1\n-> X25519\xff a\n\n--- ") + mac + "\n",
        std::string("-----BEGIN AGE ENCRYPTED FILE-----\n"), std::string("-----BEGIN AGE ENCRYPTED FILE-----\n####\n-----END AGE ENCRYPTED FILE-----\n"),
        std::string("-----BEGIN AGE ENCRYPTED FILE----------END AGE ENCRYPTED FILE-----")}) {
    INFO(file);
    CHECK_FALSE(age_decrypt(file, with(identity)).ok());
    CHECK_FALSE(age_decrypt(file, with_passphrase("x")).ok());
  }
  CHECK_THAT(age_decrypt(std::string("age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 31\n") + mac.substr(0, 43) + "\n--- " + mac + "\n",
                         with_passphrase("x")).error().message, ContainsSubstring("2^31"));
}

TEST_CASE("age: a known key has its known texts") {
  const auto known = Identity::parse("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX");
  REQUIRE(known.ok());
  CHECK(known->secret == std::string(32, '\x42'));
  CHECK(known->recipient() == "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj");
  CHECK(known->text() == "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX");
  CHECK(*parse_recipient(known->recipient()) == known->point);
  CHECK_FALSE(parse_recipient("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwk").ok());
  CHECK_FALSE(Identity::parse("AGE-SECRET-KEY-1gfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpq4egaex").ok());
  CHECK_THAT(parse_recipient(known->text()).error().message, ContainsSubstring("give its public one"));
  CHECK_THAT(Identity::parse(known->recipient()).error().message, ContainsSubstring("AGE-SECRET-KEY-1"));
}

TEST_CASE("age: files of keys have comments, and a bad line is named") {
  const Identity identity = *Identity::generate();
  CHECK(parse_identities("# created\n\n" + identity.text() + "\r\n")->size() == 1);
  CHECK_THAT(parse_identities("#\nnonsense\n").error().message, ContainsSubstring("line 2"));
  CHECK_FALSE(parse_identities("# nothing\n").ok());
}

TEST_CASE("age: bech32 of BIP 173") {
  CHECK(bech32_decode("A12UEL5L")->bytes.empty());
  CHECK(bech32_decode("split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w")->prefix == "split");
  CHECK(bech32_decode("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw")->prefix == "abcdef");
  for (const char* bad : {"", "1", "A1G7SGD8", "10a06t8", "1qzzfhee", "A12UEL5l", "x1b4n0q5v", "li1dgmt3"}) CHECK_FALSE(bech32_decode(bad).ok());
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string bytes(size, '\xA5');
    CHECK(bech32_decode(bech32_encode("age", bytes))->bytes == bytes);
  }
}

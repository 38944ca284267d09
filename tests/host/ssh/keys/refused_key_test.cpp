// SPDX-License-Identifier: Apache-2.0
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>

#include <chrono>

#include "host/core/text.h"
#include "host/ssh/keys/private_key.h"
#include "host/ssh/wire.h"
#include "tests/host/ssh/keys/key_tools.h"
#include "tests/support/skip.h"

using namespace runbook;
using ssh::PrivateKey;
using ssh::WireWriter;

namespace {

Error refused(const std::string& text, const std::string& passphrase = {},
              const std::string& name = "/home/deploy/.ssh/id") {
  auto key = PrivateKey::parse(text, passphrase, name);
  REQUIRE_FALSE(key);
  CHECK_THAT(key.error().message, ContainsSubstring(name));
  return std::move(key).error();
}

/// A file of OpenSSH's as far as it can be read without a passphrase.
std::string envelope(const std::string& type, const std::string& cipher, const std::string& kdf,
                     const std::string& options) {
  WireWriter file;
  file.raw(std::string_view("openssh-key-v1\0", 15)).string(cipher).string(kdf).string(options).u32(1);
  return pem("OPENSSH PRIVATE KEY", file.string(WireWriter().string(type).text()).string(std::string(64, 'x')).text());
}

std::string bcrypt_options(std::uint32_t rounds) { return WireWriter().string("salt of 16 bytes").u32(rounds).take(); }

/// Encrypted PKCS#8 that says it took so many iterations.
std::string pkcs8_of_work(int iterations) {
  unsigned char salt[8] = {}, iv[16] = {};
  const ssh::Owned<X509_SIG> file(X509_SIG_new());
  X509_ALGOR* algorithm = nullptr;
  ASN1_OCTET_STRING* content = nullptr;
  X509_SIG_getm(file.get(), &algorithm, &content);
  X509_ALGOR* method = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), iterations, salt, sizeof salt, iv, NID_hmacWithSHA256);
  REQUIRE(X509_ALGOR_copy(algorithm, method) == 1);
  X509_ALGOR_free(method);
  ASN1_OCTET_STRING_set(content, iv, sizeof iv);
  unsigned char* der = nullptr;
  const int length = i2d_X509_SIG(file.get(), &der);
  const std::string text =
      pem("ENCRYPTED PRIVATE KEY", {reinterpret_cast<char*>(der), static_cast<std::size_t>(length)});
  OPENSSL_free(der);
  return text;
}

class Watch {
 public:
  bool quick() const { return std::chrono::steady_clock::now() - start_ < std::chrono::seconds(5); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

TEST_CASE("a refused key: no passphrase and a wrong one are told apart, with what to do") {
  if (!has_openssh()) RUNBOOK_SKIP("there is no OpenSSH");
  const TempDirectory directory;
  const std::string text = make_key(directory, "id", {"-t", "ed25519", "-a", "1", "-N", "open sesame"});
  const Error missing = refused(text);
  CHECK(missing.code == "ssh.key_encrypted");
  CHECK_THAT(missing.hint, ContainsSubstring("ssh-add /home/deploy/.ssh/id"));
  const Error wrong = refused(text, "guess");
  CHECK(wrong.code == "ssh.passphrase");
  CHECK_THAT(wrong.message + wrong.hint, !ContainsSubstring("guess"));
}

TEST_CASE("a refused key: a public one, whatever it looks like") {
  if (!has_openssh()) RUNBOOK_SKIP("there is no OpenSSH");
  const TempDirectory directory;
  make_key(directory, "id", {"-t", "ecdsa"});
  const Error error = refused(directory.content("id.pub"), {}, "/root/.ssh/id.pub");
  CHECK(error.code == "ssh.key_unsupported");
  CHECK(error.hint == "name the file without '.pub': /root/.ssh/id");
  for (const char* format : {"PKCS8", "PEM", "RFC4716"}) {
    const Ran exported = run_program({"ssh-keygen", "-e", "-m", format, "-f", directory / "id.pub"});
    INFO(format << exported.out);
    CHECK(refused(exported.out).code == "ssh.key_unsupported");
    CHECK_THAT(refused(exported.out).message, ContainsSubstring("is a public key"));
  }
}

TEST_CASE("a refused key: DSA, whatever its format") {
  CHECK(refused(pem("DSA PRIVATE KEY", "anything")).code == "ssh.key_unsupported");
  CHECK_THAT(refused(envelope("ssh-dss", "none", "none", "")).message, ContainsSubstring("DSA"));
  // What makes them is newer than what they are.
  const Ran made =
      run_program({"openssl", "genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", "dsa_paramgen_bits:1024"});
  REQUIRE(made.code == 0);
  const TempDirectory directory;
  const Ran key = run_program({"openssl", "genpkey", "-paramfile", directory.file("params", made.out)});
  REQUIRE_THAT(key.out, ContainsSubstring("BEGIN PRIVATE KEY"));
  CHECK(refused(key.out).code == "ssh.key_unsupported");
}

TEST_CASE("a refused key: a security key is known before anybody is asked for a passphrase") {
  const Error error = refused(envelope("sk-ssh-ed25519@openssh.com", "aes256-ctr", "bcrypt", bcrypt_options(16)));
  CHECK(error.code == "ssh.key_unsupported");
  CHECK_THAT(error.message, ContainsSubstring("security key"));
}

TEST_CASE("a refused key: PuTTY's, with how to convert it") {
  const Error error = refused("PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\n", {}, "id.ppk");
  CHECK(error.code == "ssh.key_unsupported");
  CHECK_THAT(error.hint, ContainsSubstring("puttygen id.ppk -O private-openssh"));
}

TEST_CASE("a refused key: types, curves and PEM blocks that are no keys of SSH's") {
  CHECK(refused(envelope("ssh-kyber", "none", "none", "")).code == "ssh.key_unsupported");
  const ssh::Owned<EVP_PKEY> x25519(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
  CHECK(refused(pkcs8(x25519.get())).code == "ssh.key_unsupported");
  const ssh::Owned<EVP_PKEY> ed448(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"));
  CHECK(refused(pkcs8(ed448.get())).code == "ssh.key_unsupported");
  const ssh::Owned<EVP_PKEY> bitcoin(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "secp256k1"));
  CHECK_THAT(refused(pkcs8(bitcoin.get())).message, ContainsSubstring("curve"));
  CHECK(refused(pem("CERTIFICATE", "anything")).code == "ssh.key_unsupported");
}

TEST_CASE("a refused key: RSA that is too short, also where it is encrypted") {
  const ssh::Owned<EVP_PKEY> rsa(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1016}));
  const Error error = refused(pkcs8(rsa.get()));
  CHECK(error.code == "ssh.key_unsupported");
  CHECK_THAT(error.message, ContainsSubstring("1016 bits"));
  CHECK(refused(pkcs8(rsa.get(), "open sesame"), "open sesame").code == "ssh.key_unsupported");
}

TEST_CASE("a refused key: unknown encryption, with how to change it") {
  const Error cipher =
      refused(envelope("ssh-ed25519", "chacha20-poly1305@openssh.com", "bcrypt", bcrypt_options(16)), "open sesame");
  CHECK(cipher.code == "ssh.key_unsupported");
  CHECK_THAT(cipher.hint, ContainsSubstring("ssh-keygen -p"));
  CHECK(refused(envelope("ssh-ed25519", "aes256-ctr", "argon2", bcrypt_options(16)), "open sesame").code ==
        "ssh.key_unsupported");
}

TEST_CASE("a refused key: no file makes us work for minutes") {
  const Watch watch;
  CHECK(refused(envelope("ssh-ed25519", "aes256-ctr", "bcrypt", bcrypt_options(0xffffffff)), "open sesame").code ==
        "ssh.key_unsupported");
  CHECK(refused(envelope("ssh-ed25519", "aes256-ctr", "bcrypt", bcrypt_options(1025)), "open sesame").code ==
        "ssh.key_unsupported");
  CHECK(refused(envelope("ssh-ed25519", "aes256-ctr", "bcrypt", bcrypt_options(0)), "open sesame").code ==
        "ssh.key_format");
  CHECK(refused(pkcs8_of_work(2'000'000'000), "open sesame").code == "ssh.key_unsupported");
  CHECK(refused(pkcs8_of_work(1000), "open sesame").code == "ssh.passphrase");

  const TempDirectory directory;
  const ssh::Owned<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  const std::string path = directory.file("plain", pkcs8(key.get()));
  std::string scrypt =
      unpem(run_program({"openssl", "pkcs8", "-topk8", "-scrypt", "-in", path, "-passout", "pass:open sesame"}).out);
  // N = 16384, r = 8, p = 1: the last number is what costs time and no memory.
  const auto at = scrypt.find(std::string_view("\x02\x02\x40\x00\x02\x01\x08\x02\x01\x01", 10));
  REQUIRE(at != std::string::npos);
  scrypt[at + 9] = '\x7f';
  CHECK(refused(pem("ENCRYPTED PRIVATE KEY", scrypt), "open sesame").code == "ssh.key_unsupported");
  CHECK(watch.quick());
}

TEST_CASE("a refused key: what is no key at all") {
  for (const std::string& text :
       {std::string(), std::string(" \n"), std::string("hello"), std::string("{\"key\": 1}"), std::string("\0\xff", 2),
        std::string(70000, 'x'), std::string("-----BEGIN OPENSSH PRIVATE KEY-----")}) {
    CHECK(refused(text).code == "ssh.key_format");
  }
}

TEST_CASE("a refused key: nobody is asked on a terminal, whatever the label hides") {
  const ssh::Owned<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  const std::string encrypted = unpem(pkcs8(key.get(), "open sesame"));
  for (const char* label : {"EC PRIVATE KEY", "RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY"}) {
    CHECK(refused(pem(label, encrypted)).code == "ssh.key_format");
  }
}

// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/keys/private_key.h"

#include <openssl/rsa.h>

#include "host/core/text.h"
#include "tests/host/ssh/keys/key_tools.h"
#include "tests/support/skip.h"

using namespace runbook;
using ssh::PrivateKey;
using Options = std::vector<std::string>;

namespace {

const std::vector<std::pair<std::string, Options>> kTypes = {
    {"ssh-ed25519", {"-t", "ed25519"}},
    {"ecdsa-sha2-nistp256", {"-t", "ecdsa", "-b", "256"}},
    {"ecdsa-sha2-nistp384", {"-t", "ecdsa", "-b", "384"}},
    {"ecdsa-sha2-nistp521", {"-t", "ecdsa", "-b", "521"}},
    {"ssh-rsa", {"-t", "rsa", "-b", "2048"}},
};

Options operator+(Options left, const Options& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

std::shared_ptr<PrivateKey> parse(const std::string& text, const std::string& passphrase = {}) {
  auto key = PrivateKey::parse(text, passphrase, "id");
  INFO((key ? "" : key.error().message));
  REQUIRE(key);
  return *key;
}

void check_signature(const TempDirectory& directory, const PrivateKey& key, const std::string& algorithm) {
  const auto signature = key.sign(algorithm, sshsig_text("deploy"));
  REQUIRE(signature);
  CHECK(openssh_verifies(directory, key.blob(), algorithm, *signature, "deploy"));
  CHECK_FALSE(openssh_verifies(directory, key.blob(), algorithm, *signature, "destroy"));
}

void check_key(const TempDirectory& directory, const std::string& name, const PrivateKey& key,
               const std::string& type) {
  CHECK(key.type() == type);
  CHECK(key.blob() == blob_of(directory.content(name + ".pub")));
  for (const std::string& algorithm : type == "ssh-rsa" ? Options{"rsa-sha2-512", "rsa-sha2-256"} : Options{type}) {
    check_signature(directory, key, algorithm);
  }
}

bool verifies_with_sha1(EVP_PKEY* key, const std::string& data, const std::string& signature) {
  const ssh::Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha1(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), ssh::in(signature), signature.size(), ssh::in(data), data.size()) == 1;
}

}  // namespace

TEST_CASE("a private key: every type and format of ssh-keygen's is read, and signs what OpenSSH takes") {
  if (!has_openssh()) RUNBOOK_SKIP("there is no OpenSSH");
  const TempDirectory directory;
  int count = 0;
  for (const auto& [type, options] : kTypes) {
    for (const Options& format : {Options{}, Options{"-m", "PEM"}, Options{"-m", "PKCS8"}}) {
      const std::string name = cat("id", ++count);
      INFO(type << ' ' << join(format, " "));
      check_key(directory, name, *parse(make_key(directory, name, options + format)), type);
    }
  }
}

TEST_CASE("a private key: every type and format is read when it is encrypted, with the right passphrase alone") {
  if (!has_openssh()) RUNBOOK_SKIP("there is no OpenSSH");
  const TempDirectory directory;
  int count = 0;
  for (const auto& [type, options] : kTypes) {
    for (const Options& format : {Options{"-a", "1"}, Options{"-m", "PEM"}, Options{"-m", "PKCS8"}}) {
      const std::string name = cat("id", ++count);
      INFO(type << ' ' << join(format, " "));
      // OpenSSH writes Ed25519 in its own format, whatever it is asked for.
      const Options cheap = type == "ssh-ed25519" ? Options{"-a", "1"} : Options{};
      const std::string text = make_key(directory, name, options + format + cheap + Options{"-N", "open sesame"});
      CHECK(parse(text, "open sesame")->blob() == blob_of(directory.content(name + ".pub")));
      CHECK(PrivateKey::parse(text, "open sesam", "id").error().code == "ssh.passphrase");
      CHECK(PrivateKey::parse(text, "", "id").error().code == "ssh.key_encrypted");
    }
  }
}

TEST_CASE("a private key: bcrypt's rounds are counted, and its ciphers known") {
  if (!has_openssh()) RUNBOOK_SKIP("there is no OpenSSH");
  const TempDirectory directory;
  int count = 0;
  for (const Options& options :
       {Options{"-a", "2"}, Options{"-a", "3"}, Options{"-a", "32"}, Options{"-a", "1", "-Z", "aes256-cbc"},
        Options{"-a", "1", "-Z", "aes192-ctr"}, Options{"-a", "1", "-Z", "aes128-ctr"},
        Options{"-a", "1", "-Z", "aes128-cbc"}, Options{"-a", "1", "-Z", "aes256-gcm@openssh.com"},
        Options{"-a", "1", "-Z", "aes128-gcm@openssh.com"}}) {
    const std::string name = cat("id", ++count);
    INFO(join(options, " "));
    const std::string text = make_key(directory, name, Options{"-t", "ed25519", "-N", "open sesame"} + options);
    check_key(directory, name, *parse(text, "open sesame"), "ssh-ed25519");
    CHECK(PrivateKey::parse(text, "open sesame ", "id").error().code == "ssh.passphrase");
  }
}

TEST_CASE("a private key: what OpenSSL writes is read") {
  const ssh::Owned<EVP_PKEY> ed25519(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  CHECK(parse(pkcs8(ed25519.get()))->type() == "ssh-ed25519");
  CHECK(parse(pkcs8(ed25519.get(), "open sesame"), "open sesame")->blob() == parse(pkcs8(ed25519.get()))->blob());

  const TempDirectory directory;
  const Ran curve = run_program({"openssl", "ecparam", "-name", "secp384r1", "-genkey"});
  REQUIRE(curve.code == 0);
  REQUIRE_THAT(curve.out, ContainsSubstring("EC PARAMETERS"));
  CHECK(parse(curve.out)->type() == "ecdsa-sha2-nistp384");

  const std::string path = directory.file("plain", pkcs8(ed25519.get()));
  const Ran scrypt =
      run_program({"openssl", "pkcs8", "-topk8", "-scrypt", "-in", path, "-passout", "pass:open sesame"});
  REQUIRE(scrypt.code == 0);
  CHECK(parse(scrypt.out, "open sesame")->type() == "ssh-ed25519");
}

TEST_CASE("a private key: lines may end as on Windows, and the last one not at all") {
  const ssh::Owned<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  const std::string text = pkcs8(key.get());
  const std::string blob = parse(text)->blob();
  CHECK(parse(join(split(text, '\n'), "\r\n"))->blob() == blob);
  CHECK(parse(text.substr(0, text.size() - 1))->blob() == blob);
  CHECK(parse("\n\n" + text + "\n\n")->blob() == blob);
}

TEST_CASE("a private key: RSA signs with SHA-1 where it must, and no key with another's algorithm") {
  const ssh::Owned<EVP_PKEY> made(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
  const auto rsa = parse(pkcs8(made.get()));
  const auto signature = rsa->sign("ssh-rsa", "text");
  REQUIRE(signature);
  CHECK(verifies_with_sha1(made.get(), "text", *signature));
  CHECK_FALSE(verifies_with_sha1(made.get(), "another", *signature));
  CHECK(rsa->sign("ssh-ed25519", "text").error().code == "ssh.key_unsupported");
  CHECK(rsa->sign("", "text").error().code == "ssh.key_unsupported");

  const ssh::Owned<EVP_PKEY> other(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  CHECK(parse(pkcs8(other.get()))->sign("rsa-sha2-512", "text").error().code == "ssh.key_unsupported");
}

TEST_CASE("a private key: signatures are as long as SSH wants them, also where a number is short") {
  const ssh::Owned<EVP_PKEY> made(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  const auto key = parse(pkcs8(made.get()));
  const TempDirectory directory;
  // One in 256 numbers begins with a zero byte, every other one with a bit that is set.
  for (int i = 0; i < 600; ++i) {
    const auto signature = key->sign("ecdsa-sha2-nistp256", cat("text ", i));
    REQUIRE(signature);
    REQUIRE(signature->size() <= 2 * (4 + 33));
    REQUIRE_FALSE((signature->at(4) & 0x80));
    REQUIRE_FALSE((signature->at(4) == 0 && !(signature->at(5) & 0x80)));
  }
}

TEST_CASE("a fingerprint is the one that ssh-keygen shows") {
  if (!has_openssh()) RUNBOOK_SKIP("there is no OpenSSH");
  const TempDirectory directory;
  const auto key = parse(make_key(directory, "id", {"-t", "ecdsa"}));
  const Ran shown = run_program({"ssh-keygen", "-l", "-f", directory / "id.pub"});
  CHECK(split(shown.out, ' ').at(1) == ssh::fingerprint(key->blob()));
}

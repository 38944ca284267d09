// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <random>
#include <set>

#include "host/core/text.h"
#include "host/ssh/keys/private_key.h"
#include "tests/host/ssh/keys/key_tools.h"
#include "tests/support/skip.h"

using namespace runbook;
using ssh::PrivateKey;

namespace {

constexpr const char* kPassphrase = "open sesame";

struct Sample {
  std::string label;  ///< of the PEM block
  std::string text;
  std::string content;  ///< of the block; empty where its header says more
};

std::vector<Sample> samples(const TempDirectory& directory) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> made = {
      {"OPENSSH PRIVATE KEY", {"-t", "ed25519"}},
      {"OPENSSH PRIVATE KEY", {"-t", "ecdsa"}},
      {"OPENSSH PRIVATE KEY", {"-t", "rsa", "-b", "1024"}},
      {"OPENSSH PRIVATE KEY", {"-t", "ed25519", "-a", "1", "-N", kPassphrase}},
      {"OPENSSH PRIVATE KEY", {"-t", "ed25519", "-a", "1", "-N", kPassphrase, "-Z", "aes256-gcm@openssh.com"}},
      {"RSA PRIVATE KEY", {"-t", "rsa", "-b", "1024", "-m", "PEM"}},
      {"EC PRIVATE KEY", {"-t", "ecdsa", "-m", "PEM"}},
      {"PRIVATE KEY", {"-t", "rsa", "-b", "1024", "-m", "PKCS8"}},
      {"ENCRYPTED PRIVATE KEY", {"-t", "ecdsa", "-m", "PKCS8", "-N", kPassphrase}},
      {"RSA PRIVATE KEY", {"-t", "rsa", "-b", "1024", "-m", "PEM", "-N", kPassphrase}},
  };
  std::vector<Sample> all;
  for (const auto& [label, options] : made) {
    const std::string text = make_key(directory, cat("id", all.size()), options);
    all.push_back({label, text, text.find("DEK-Info") == std::string::npos ? unpem(text) : ""});
  }
  return all;
}

/// Any answer but a crash: a key that signs, or an error that this library has.
void survives(const std::string& text) {
  static const std::set<std::string> codes = {"ssh.key_format", "ssh.key_unsupported", "ssh.key_encrypted",
                                              "ssh.passphrase"};
  auto key = PrivateKey::parse(text, kPassphrase, "id");
  if (!key) {
    if (!codes.contains(key.error().code)) FAIL(key.error().code);
    return;
  }
  if (!(*key)->sign((*key)->type(), "text")) FAIL("a key that was taken does not sign");
}

/// The number of bcrypt's rounds stays: 1000 of them are right, and take seconds.
std::size_t rounds_at(const std::string& content) {
  const auto at = content.find("bcrypt");
  return at == std::string::npos ? std::string::npos : at + 6 + 4 + 4 + 16;
}

}  // namespace

TEST_CASE("a damaged key: cut off at every byte it is refused") {
  if (!has_openssh()) RUNBOOK_SKIP("there is no OpenSSH");
  const TempDirectory directory;
  for (const Sample& sample : samples(directory)) {
    INFO(sample.label);
    for (std::size_t length = 0; length + 1 < sample.text.size(); ++length) {
      const auto key = PrivateKey::parse(sample.text.substr(0, length), kPassphrase, "id");
      if (key || key.error().code != "ssh.key_format")
        FAIL("cut off after " << length << " bytes: " << (key ? "taken" : key.error().message));
    }
    for (std::size_t length = 0; length < sample.content.size(); ++length) {
      if (PrivateKey::parse(pem(sample.label, sample.content.substr(0, length)), kPassphrase, "id"))
        FAIL("content cut off after " << length << " bytes");
    }
  }
}

TEST_CASE("a damaged key: more bytes at the end of an OpenSSH key are refused") {
  if (!has_openssh()) RUNBOOK_SKIP("there is no OpenSSH");
  const TempDirectory directory;
  for (const Sample& sample : samples(directory)) {
    // OpenSSL reads over it in what is its own.
    if (sample.label != "OPENSSH PRIVATE KEY") continue;
    CHECK_FALSE(PrivateKey::parse(pem(sample.label, sample.content + 'x'), kPassphrase, "id"));
  }
}

TEST_CASE("a damaged key: no bit of an OpenSSH key without encryption can be another but in its comment") {
  if (!has_openssh()) RUNBOOK_SKIP("there is no OpenSSH");
  const TempDirectory directory;
  const std::string content = unpem(make_key(directory, "id", {"-t", "ed25519"}));
  const std::string comment = "a comment";
  const auto from = content.find(comment);
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (i >= from && i < from + comment.size()) continue;
    std::string changed = content;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    if (PrivateKey::parse(pem("OPENSSH PRIVATE KEY", changed), "", "id")) FAIL("taken with another byte " << i);
  }
}

TEST_CASE("a damaged key: whatever is changed at random, nothing breaks") {
  if (!has_openssh()) RUNBOOK_SKIP("there is no OpenSSH");
  const TempDirectory directory;
  std::mt19937 random(20261121);
  const auto below = [&random](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  const auto change = [&](std::string text) {
    for (std::size_t i = 1 + below(4); i > 0 && !text.empty(); --i) {
      const std::size_t at = below(text.size());
      switch (below(4)) {
        case 0: text[at] = static_cast<char>(random()); break;
        case 1: text[at] = static_cast<char>(text[at] ^ (1 << below(8))); break;
        case 2: text.erase(at, 1 + below(8)); break;
        default: text.insert(at, text.substr(below(text.size()), below(16))); break;
      }
    }
    return text;
  };
  for (const Sample& sample : samples(directory)) {
    INFO(sample.label);
    const std::size_t rounds = rounds_at(sample.content);
    const int times = rounds == std::string::npos ? 200 : 50;  // bcrypt is slow on purpose
    for (int i = 0; i < times; ++i) survives(change(sample.text));
    for (int i = 0; i < times && !sample.content.empty(); ++i) {
      std::string changed = change(sample.content);
      if (rounds != std::string::npos && rounds + 4 <= changed.size())
        changed.replace(rounds, 4, sample.content, rounds, 4);
      survives(pem(sample.label, changed));
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
#include "modules/crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>

#include "host/core/encoding.h"
#include "host/core/text.h"

namespace runbook::crypto {
namespace {

Result<const EVP_MD*> find_digest(const std::string& name) {
  const EVP_MD* found = EVP_get_digestbyname(name.c_str());
  if (!found) return Error("crypto.unavailable", cat("this system has no digest '", name, "'"));
  return found;
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

const std::vector<std::string>& digest_names() {
  static const std::vector<std::string> kNames = {"sha256", "sha512", "sha384", "sha224", "sha1", "md5"};
  return kNames;
}

Result<std::string> digest(const std::string& name, std::string_view bytes) {
  const auto method = find_digest(name);
  if (!method) return method.error();
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, *method, nullptr) != 1) {
    return Error("crypto.unavailable", cat("the digest '", name, "' failed"));
  }
  return std::string(reinterpret_cast<const char*>(out.data()), size);
}

Result<std::string> hmac(const std::string& name, std::string_view key, std::string_view bytes) {
  const auto method = find_digest(name);
  if (!method) return method.error();
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  if (!HMAC(*method, key.data(), static_cast<int>(key.size()), bytes_of(bytes), bytes.size(), out.data(), &size)) {
    return Error("crypto.unavailable", cat("the HMAC with '", name, "' failed"));
  }
  return std::string(reinterpret_cast<const char*>(out.data()), size);
}

bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Result<std::string> random_bytes(std::size_t count) {
  std::string out(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) != 1) {
    return Error("crypto.random", "the system gives no random bytes");
  }
  return out;
}

Result<std::string> uuid() {
  auto bytes = random_bytes(16);
  if (!bytes) return bytes;
  (*bytes)[6] = static_cast<char>(((*bytes)[6] & 0x0f) | 0x40);
  (*bytes)[8] = static_cast<char>(((*bytes)[8] & 0x3f) | 0x80);
  const std::string hex = hex_encode(*bytes);
  return cat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-", hex.substr(16, 4), "-", hex.substr(20));
}

}  // namespace runbook::crypto

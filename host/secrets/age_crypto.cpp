// SPDX-License-Identifier: Apache-2.0
#include "host/secrets/age_crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <memory>

namespace runbook::secrets {
namespace {

constexpr std::size_t kTag = 16;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* in(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* out(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

Error failed(const char* what) { return Error("age.crypto", std::string(what) + " failed"); }

}  // namespace

Result<std::string> random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(out(bytes), static_cast<int>(count)) != 1) return failed("the random generator");
  return bytes;
}

Result<std::string> x25519_public(std::string_view secret) {
  const Owned<EVP_PKEY> key(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, in(secret), secret.size()));
  std::string point(32, '\0');
  std::size_t length = point.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), out(point), &length) != 1 || length != 32) return failed("X25519");
  return point;
}

Result<std::string> x25519_shared(std::string_view secret, std::string_view peer) {
  const Owned<EVP_PKEY> own(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, in(secret), secret.size()));
  const Owned<EVP_PKEY> other(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, in(peer), peer.size()));
  if (!own || !other) return failed("X25519");
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(own.get(), nullptr));
  std::string shared(32, '\0');
  std::size_t length = shared.size();
  const bool derived = context && EVP_PKEY_derive_init(context.get()) == 1 &&
                       EVP_PKEY_derive_set_peer(context.get(), other.get()) == 1 &&
                       EVP_PKEY_derive(context.get(), out(shared), &length) == 1 && length == 32;
  if (!derived || shared.find_first_not_of('\0') == std::string::npos) return failed("X25519");
  return shared;
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::string digest(32, '\0');
  unsigned int length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), in(text), text.size(), out(digest), &length);
  return digest;
}

std::string hkdf_sha256(std::string_view input, std::string_view salt, std::string_view info) {
  const std::string extracted = hmac_sha256(salt.empty() ? std::string(32, '\0') : std::string(salt), input);
  return hmac_sha256(extracted, std::string(info) + '\x01');
}

Result<std::string> scrypt(std::string_view passphrase, std::string_view salt, int log_n) {
  const std::uint64_t n = std::uint64_t{1} << log_n;
  std::string key(32, '\0');
  const std::uint64_t memory = n * 8 * 128 + (std::uint64_t{1} << 20);
  if (EVP_PBE_scrypt(passphrase.data(), passphrase.size(), in(salt), salt.size(), n, 8, 1, memory, out(key), key.size()) != 1) {
    return failed("scrypt");
  }
  return key;
}

Result<std::string> seal(std::string_view key, std::string_view nonce, std::string_view plain) {
  const Owned<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
  std::string sealed(plain.size() + kTag, '\0');
  int length = 0, rest = 0;
  const bool done = context && EVP_EncryptInit_ex(context.get(), EVP_chacha20_poly1305(), nullptr, in(key), in(nonce)) == 1 &&
                    EVP_EncryptUpdate(context.get(), out(sealed), &length, in(plain), static_cast<int>(plain.size())) == 1 &&
                    EVP_EncryptFinal_ex(context.get(), out(sealed) + length, &rest) == 1 &&
                    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTag, out(sealed) + plain.size()) == 1;
  if (!done) return failed("ChaCha20-Poly1305");
  return sealed;
}

Result<std::string> open_sealed(std::string_view key, std::string_view nonce, std::string_view sealed) {
  const Error tampered("age.tampered", "the file was cut or changed");
  if (sealed.size() < kTag) return tampered;
  const std::size_t size = sealed.size() - kTag;
  std::string tag(sealed.substr(size));
  std::string plain(size, '\0');
  const Owned<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
  int length = 0, rest = 0;
  const bool started = context && EVP_DecryptInit_ex(context.get(), EVP_chacha20_poly1305(), nullptr, in(key), in(nonce)) == 1 &&
                       EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) == 1 &&
                       EVP_DecryptUpdate(context.get(), out(plain), &length, in(sealed), static_cast<int>(size)) == 1;
  if (!started) return failed("ChaCha20-Poly1305");
  if (EVP_DecryptFinal_ex(context.get(), out(plain) + length, &rest) != 1) return tampered;
  return plain;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string base64_encode(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int length = EVP_EncodeBlock(out(text), in(bytes), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  while (!text.empty() && text.back() == '=') text.pop_back();
  return text;
}

Result<std::string> base64_decode(std::string_view text) {
  const Error bad("age.format", "base64 that is none");
  if (text.empty()) return std::string();
  const bool clean = std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) || c == '+' || c == '/'; });
  if (!clean || text.size() % 4 == 1) return bad;
  std::string padded(text);
  while (padded.size() % 4) padded += '=';
  std::string bytes(padded.size() / 4 * 3, '\0');
  if (EVP_DecodeBlock(out(bytes), in(padded), static_cast<int>(padded.size())) < 0) return bad;
  bytes.resize(text.size() * 3 / 4);
  if (base64_encode(bytes) != text) return bad;
  return bytes;
}

}  // namespace runbook::secrets

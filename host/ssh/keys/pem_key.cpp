// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/keys/pem_key.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <algorithm>

#include "host/core/text.h"
#include "host/ssh/keys/key_errors.h"
#include "host/ssh/keys/openssh_key.h"
#include "host/ssh/keys/pkcs8_work.h"

namespace runbook::ssh {
namespace {

/// One block of a PEM file, as OpenSSL cuts it out.
struct Block {
  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    OPENSSL_secure_free(label);
    OPENSSL_secure_free(header);
    OPENSSL_secure_clear_free(data, static_cast<std::size_t>(size));
  }
  std::string_view content() const { return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(length)}; }

  char* label = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  long length = 0;  ///< shorter than the size when it has been decrypted
};

bool next_block(BIO* bio, Block& block) {
  const bool found = PEM_read_bio_ex(bio, &block.label, &block.header, &block.data, &block.size, PEM_FLAG_SECURE) == 1;
  block.length = block.size;
  return found;
}

/// OpenSSL asks on the terminal where it is given no function.
int give_passphrase(char* buffer, int size, int, void* passphrase) {
  const auto& text = *static_cast<std::string_view*>(passphrase);
  if (text.size() > static_cast<std::size_t>(size)) return -1;
  std::copy(text.begin(), text.end(), buffer);
  return static_cast<int>(text.size());
}

bool openssl_lacks_method() {
  for (unsigned long code = ERR_get_error(); code != 0; code = ERR_get_error()) {
    const int reason = ERR_GET_REASON(code);
    if (reason == ERR_R_UNSUPPORTED || reason == EVP_R_UNSUPPORTED_CIPHER || reason == EVP_R_UNKNOWN_PBE_ALGORITHM ||
        reason == EVP_R_UNSUPPORTED_PRF) {
      return true;
    }
  }
  return false;
}

Error not_decrypted(const std::string& name) {
  if (!openssl_lacks_method()) return passphrase_wrong(name);
  return unsupported(name, "is encrypted in a way that OpenSSL no longer knows", new_encryption(name));
}

Result<Owned<EVP_PKEY>> read_pkcs8(std::string_view content, const std::string& name) {
  const unsigned char* at = in(content);
  const Owned<PKCS8_PRIV_KEY_INFO> info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(content.size())));
  Owned<EVP_PKEY> key(info ? EVP_PKCS82PKEY(info.get()) : nullptr);
  if (!key) return damaged(name, "its content is damaged");
  return key;
}

Result<Owned<EVP_PKEY>> read_encrypted_pkcs8(std::string_view content, std::string_view passphrase,
                                             const std::string& name) {
  const unsigned char* at = in(content);
  const Owned<X509_SIG> encrypted(d2i_X509_SIG(nullptr, &at, static_cast<long>(content.size())));
  if (!encrypted) return damaged(name, "its content is damaged");
  if (passphrase.empty()) return passphrase_missing(name);
  if (!work_is_reasonable(encrypted.get())) {
    return unsupported(name, "is encrypted so that opening it would take minutes", new_encryption(name));
  }
  const Owned<PKCS8_PRIV_KEY_INFO> info(
      PKCS8_decrypt(encrypted.get(), passphrase.data(), static_cast<int>(passphrase.size())));
  if (!info) return not_decrypted(name);
  Owned<EVP_PKEY> key(EVP_PKCS82PKEY(info.get()));
  if (!key) return damaged(name, "its content is damaged");
  return key;
}

/// PKCS#1 and SEC1, which may be encrypted by the header's word ("DEK-Info").
Result<Owned<EVP_PKEY>> read_traditional(Block& block, int type, std::string_view passphrase, const std::string& name) {
  EVP_CIPHER_INFO cipher{};
  if (PEM_get_EVP_CIPHER_INFO(block.header, &cipher) != 1) {
    if (openssl_lacks_method())
      return unsupported(name, "is encrypted in a way that OpenSSL no longer knows", new_encryption(name));
    return damaged(name, "how it is encrypted cannot be read");
  }
  const bool encrypted = cipher.cipher != nullptr;
  if (encrypted && passphrase.empty()) return passphrase_missing(name);
  if (PEM_do_header(&cipher, block.data, &block.length, give_passphrase, &passphrase) != 1) return not_decrypted(name);
  const unsigned char* at = block.data;
  Owned<EVP_PKEY> key(d2i_PrivateKey(type, nullptr, &at, block.length));
  // With a wrong passphrase one of 256 attempts decrypts to something, which is no key then.
  if (!key) return encrypted ? passphrase_wrong(name) : damaged(name, "its content is damaged");
  return key;
}

Result<Owned<EVP_PKEY>> read_block(Block& block, std::string_view passphrase, const std::string& name) {
  const std::string_view label = block.label;
  if (label == "OPENSSH PRIVATE KEY") return read_openssh_key(block.content(), passphrase, name);
  if (label == "PRIVATE KEY") return read_pkcs8(block.content(), name);
  if (label == "ENCRYPTED PRIVATE KEY") return read_encrypted_pkcs8(block.content(), passphrase, name);
  if (label == "RSA PRIVATE KEY") return read_traditional(block, EVP_PKEY_RSA, passphrase, name);
  if (label == "EC PRIVATE KEY") return read_traditional(block, EVP_PKEY_EC, passphrase, name);
  if (label == "DSA PRIVATE KEY") return *refuse_type("ssh-dss", name);
  if (label.ends_with("PUBLIC KEY")) return public_key_given(name);
  return unsupported(name, cat("is no private key but a ", printable(label.substr(0, 64))), "");
}

}  // namespace

Result<Owned<EVP_PKEY>> read_pem_key(std::string_view text, std::string_view passphrase, const std::string& name) {
  const Owned<BIO> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  while (bio) {
    ERR_clear_error();
    Block block;
    if (!next_block(bio.get(), block)) break;
    // `openssl ecparam -genkey` puts the curve in front.
    if (std::string_view(block.label) == "EC PARAMETERS") continue;
    auto key = read_block(block, passphrase, name);
    ERR_clear_error();
    return key;
  }
  ERR_clear_error();
  if (text.find("-----BEGIN ") == std::string_view::npos)
    return damaged(name, "it has no line '-----BEGIN ... PRIVATE KEY-----'");
  return damaged(name, "it is cut off, or not all of it is base64");
}

}  // namespace runbook::ssh

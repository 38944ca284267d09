// SPDX-License-Identifier: Apache-2.0
// The user's key for the floor: read once, and used by every login (libssh2 would parse the file for each of them).
#pragma once

#include <libssh2.h>
#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

[[noreturn]] inline void give_up(const std::string& why) {
  std::fprintf(stderr, "floor: %s\n", why.c_str());
  std::exit(2);
}

inline std::string from_base64(const std::string& text) {
  std::string out(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) give_up("this is not base64");
  const std::size_t padding = text.size() - text.find_last_not_of('=') - 1;
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

/// "ssh-ed25519 AAAA... comment", as in a .pub file.
inline std::string public_blob(const std::string& path) {
  std::ifstream file(path);
  std::string type, text;
  if (!(file >> type >> text)) give_up("cannot read " + path);
  return from_base64(text);
}

/// An Ed25519 key in OpenSSH's format, without a passphrase.
class FloorKey {
 public:
  explicit FloorKey(const std::string& path) : blob_(public_blob(path + ".pub")) {
    std::ifstream file(path);
    std::string line, text;
    while (std::getline(file, line)) {
      if (!line.starts_with("-----")) text += line;
    }
    const std::string all = from_base64(text);
    // The private part repeats the type and the public key; the seed follows its length (64).
    const std::string mark = blob_ + std::string("\0\0\0\x40", 4);
    const std::size_t at = all.rfind(mark);
    if (at == std::string::npos) give_up(path + " is no plain Ed25519 key");
    key_ = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                        reinterpret_cast<const unsigned char*>(all.data()) + at + mark.size(), 32);
  }
  const std::string& blob() const { return blob_; }

  /// libssh2's callback.
  static int sign(LIBSSH2_SESSION*, unsigned char** out, size_t* size, const unsigned char* data, size_t data_size,
                  void** abstract) {
    *size = 64;
    *out = static_cast<unsigned char*>(std::malloc(*size));
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, nullptr, nullptr, nullptr, static_cast<FloorKey*>(*abstract)->key_);
    EVP_DigestSign(context, *out, size, data, data_size);
    EVP_MD_CTX_free(context);
    return 0;
  }

 private:
  std::string blob_;
  EVP_PKEY* key_ = nullptr;
};

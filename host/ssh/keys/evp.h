// SPDX-License-Identifier: Apache-2.0
//
// OpenSSL's objects with owners, and bytes that leave nothing behind.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace runbook::ssh {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(OSSL_PARAM* params) const {
    for (OSSL_PARAM* each = params; each != nullptr && each->key != nullptr; ++each)
      OPENSSL_cleanse(each->data, each->data_size);
    OSSL_PARAM_free(params);
  }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(PBE2PARAM* params) const { PBE2PARAM_free(params); }
  void operator()(PBEPARAM* params) const { PBEPARAM_free(params); }
  void operator()(PBKDF2PARAM* params) const { PBKDF2PARAM_free(params); }
  void operator()(PKCS8_PRIV_KEY_INFO* key) const { PKCS8_PRIV_KEY_INFO_free(key); }
  void operator()(SCRYPT_PARAMS* params) const { SCRYPT_PARAMS_free(params); }
  void operator()(X509_SIG* encrypted) const { X509_SIG_free(encrypted); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

/// Overwrites memory before it is given back.
template <class T>
struct WipingAllocator {
  using value_type = T;
  WipingAllocator() = default;
  template <class U>
  WipingAllocator(const WipingAllocator<U>&) {}  // NOLINT(google-explicit-constructor)
  T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* memory, std::size_t count) {
    OPENSSL_cleanse(memory, count * sizeof(T));
    std::allocator<T>().deallocate(memory, count);
  }
  bool operator==(const WipingAllocator&) const { return true; }
};
/// No std::string: a short one lies inside the object, where no allocator sees it.
using SecretBytes = std::vector<char, WipingAllocator<char>>;

inline std::string_view view(const SecretBytes& bytes) { return {bytes.data(), bytes.size()}; }
inline const unsigned char* in(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
template <class Bytes>
unsigned char* out(Bytes& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace runbook::ssh

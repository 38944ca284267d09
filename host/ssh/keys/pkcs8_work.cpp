// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/keys/pkcs8_work.h"

#include <openssl/objects.h>

namespace runbook::ssh {
namespace {

constexpr std::uint64_t kMaxIterations = 10'000'000;  // common are 2048 to 600,000
constexpr std::uint64_t kMaxScryptWork = 1U << 23U;   // N * r * p; OpenSSL's own is 2^17

struct Algorithm {
  int method = NID_undef;
  const ASN1_STRING* parameters = nullptr;  ///< null where they are no sequence
};

Algorithm read(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  int type = V_ASN1_UNDEF;
  const void* value = nullptr;
  X509_ALGOR_get0(&object, &type, &value, algorithm);
  return {OBJ_obj2nid(object), type == V_ASN1_SEQUENCE ? static_cast<const ASN1_STRING*>(value) : nullptr};
}

template <class T>
Owned<T> unpack(const ASN1_STRING* text, const ASN1_ITEM* item) {
  return Owned<T>(text == nullptr ? nullptr : static_cast<T*>(ASN1_item_unpack(text, item)));
}

bool at_most(const ASN1_INTEGER* number, std::uint64_t limit, std::uint64_t& value) {
  return number != nullptr && ASN1_INTEGER_get_uint64(&value, number) == 1 && value <= limit;
}

bool scrypt_is_reasonable(const ASN1_STRING* text) {
  const auto params = unpack<SCRYPT_PARAMS>(text, ASN1_ITEM_rptr(SCRYPT_PARAMS));
  std::uint64_t n = 0, r = 0, p = 0;
  return params && at_most(params->costParameter, kMaxScryptWork, n) && at_most(params->blockSize, kMaxScryptWork, r) &&
         n * r <= kMaxScryptWork && at_most(params->parallelizationParameter, kMaxScryptWork, p) &&
         n * r * p <= kMaxScryptWork;
}

}  // namespace

bool work_is_reasonable(const X509_SIG* encrypted) {
  const X509_ALGOR* outer = nullptr;
  X509_SIG_get0(encrypted, &outer, nullptr);
  const Algorithm algorithm = read(outer);
  std::uint64_t iterations = 0;
  if (algorithm.method != NID_pbes2) {
    const auto params = unpack<PBEPARAM>(algorithm.parameters, ASN1_ITEM_rptr(PBEPARAM));
    // What has no such parameters is nothing that OpenSSL decrypts.
    return !params || at_most(params->iter, kMaxIterations, iterations);
  }
  const auto scheme = unpack<PBE2PARAM>(algorithm.parameters, ASN1_ITEM_rptr(PBE2PARAM));
  if (!scheme) return true;
  const Algorithm derivation = read(scheme->keyfunc);
  if (derivation.method == NID_id_scrypt) return scrypt_is_reasonable(derivation.parameters);
  const auto params = unpack<PBKDF2PARAM>(derivation.parameters, ASN1_ITEM_rptr(PBKDF2PARAM));
  return !params || at_most(params->iter, kMaxIterations, iterations);
}

}  // namespace runbook::ssh

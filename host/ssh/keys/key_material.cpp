// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/keys/key_material.h"

#include <openssl/core_names.h>

#include <algorithm>
#include <array>

#include "host/core/text.h"
#include "host/ssh/keys/key_errors.h"

namespace runbook::ssh {
namespace {

constexpr int kMinRsaBits = 1024;
constexpr int kMaxRsaBits = 16384;

struct Curve {
  std::string_view name;  ///< in SSH
  const char* group;      ///< in OpenSSL
  int bytes;              ///< of a coordinate
};
constexpr std::array kCurves = {Curve{"nistp256", "prime256v1", 32}, Curve{"nistp384", "secp384r1", 48},
                                Curve{"nistp521", "secp521r1", 66}};

Owned<BIGNUM> number(std::string_view big_endian) {
  Owned<BIGNUM> value(BN_bin2bn(in(big_endian), static_cast<int>(big_endian.size()), nullptr));
  if (value) BN_set_flags(value.get(), BN_FLG_CONSTTIME);
  return value;
}

Owned<BIGNUM> number_of(const EVP_PKEY* key, const char* parameter) {
  BIGNUM* value = nullptr;
  EVP_PKEY_get_bn_param(key, parameter, &value);
  return Owned<BIGNUM>(value);
}

std::string bytes_of(const BIGNUM* value) {
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
  BN_bn2bin(value, out(bytes));
  return bytes;
}

const Curve* curve_of(const EVP_PKEY* key) {
  char group[64] = {};
  if (EVP_PKEY_get_group_name(key, group, sizeof group, nullptr) != 1) return nullptr;
  const auto* found = std::find_if(kCurves.begin(), kCurves.end(),
                                   [&](const Curve& curve) { return std::string_view(curve.group) == group; });
  return found == kCurves.end() ? nullptr : found;
}

Owned<EVP_PKEY> make(const char* type, OSSL_PARAM_BLD* builder) {
  const Owned<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(builder));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (params && context && EVP_PKEY_fromdata_init(context.get()) == 1) {
    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get());
  }
  return Owned<EVP_PKEY>(key);
}

Owned<EVP_PKEY> ed25519(WireReader& fields) {
  const std::string_view point = fields.string();
  const std::string_view secret = fields.string();  // the seed, and the public key once more
  if (point.size() != 32 || secret.size() != 64 || secret.substr(32) != point) return nullptr;
  return Owned<EVP_PKEY>(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, in(secret), 32));
}

Owned<EVP_PKEY> ecdsa(std::string_view type, WireReader& fields) {
  const std::string_view name = fields.string();
  const std::string_view point = fields.string();
  const auto secret = number(fields.string());
  const auto* curve =
      std::find_if(kCurves.begin(), kCurves.end(), [&](const Curve& each) { return each.name == name; });
  if (!fields.ok() || curve == kCurves.end() || !type.ends_with(name)) return nullptr;
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret.get());
  return make("EC", builder.get());
}

/// The exponent for one prime, which the file leaves out.
Owned<BIGNUM> exponent(const BIGNUM* d, const BIGNUM* prime) {
  const Owned<BN_CTX> context(BN_CTX_secure_new());
  const Owned<BIGNUM> less(BN_dup(prime));
  Owned<BIGNUM> rest(BN_new());
  const bool done = context && less && rest && BN_sub_word(less.get(), 1) == 1 && !BN_is_zero(less.get()) &&
                    !BN_is_negative(less.get());
  if (!done) return nullptr;
  BN_set_flags(less.get(), BN_FLG_CONSTTIME);
  return BN_mod(rest.get(), d, less.get(), context.get()) == 1 ? std::move(rest) : nullptr;
}

Owned<EVP_PKEY> rsa(WireReader& fields) {
  const auto n = number(fields.string());
  const auto e = number(fields.string());
  const auto d = number(fields.string());
  const auto coefficient = number(fields.string());
  const auto p = number(fields.string());
  const auto q = number(fields.string());
  if (!fields.ok() || !n || !e || !d || !coefficient || !p || !q) return nullptr;
  const auto d_p = exponent(d.get(), p.get());
  const auto d_q = exponent(d.get(), q.get());
  if (!d_p || !d_q) return nullptr;
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  const auto push = [&](const char* parameter, const BIGNUM* value) {
    OSSL_PARAM_BLD_push_BN(builder.get(), parameter, value);
  };
  push(OSSL_PKEY_PARAM_RSA_N, n.get());
  push(OSSL_PKEY_PARAM_RSA_E, e.get());
  push(OSSL_PKEY_PARAM_RSA_D, d.get());
  push(OSSL_PKEY_PARAM_RSA_FACTOR1, p.get());
  push(OSSL_PKEY_PARAM_RSA_FACTOR2, q.get());
  push(OSSL_PKEY_PARAM_RSA_EXPONENT1, d_p.get());
  push(OSSL_PKEY_PARAM_RSA_EXPONENT2, d_q.get());
  push(OSSL_PKEY_PARAM_RSA_COEFFICIENT1, coefficient.get());
  return make("RSA", builder.get());
}

Status check_rsa_size(const EVP_PKEY* key, const std::string& name) {
  const int bits = EVP_PKEY_get_bits(key);
  if (bits < kMinRsaBits) {
    return unsupported(name, cat("is an RSA key of ", bits, " bits, which is not safe"),
                       "make another: ssh-keygen -t ed25519");
  }
  if (bits > kMaxRsaBits)
    return unsupported(name, cat("is an RSA key of ", bits, " bits; at most ", kMaxRsaBits, " are taken"), "");
  // What is longer than the modulus was made to keep us busy.
  for (const char* parameter :
       {OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
        OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1}) {
    const auto value = number_of(key, parameter);
    if (value && BN_num_bits(value.get()) > bits) return damaged(name, "its numbers do not fit together");
  }
  return Unit{};
}

}  // namespace

Result<PublicHalf> public_half(EVP_PKEY* key, const std::string& name) {
  if (EVP_PKEY_is_a(key, "ED25519")) {
    std::string point(32, '\0');
    std::size_t length = point.size();
    EVP_PKEY_get_raw_public_key(key, out(point), &length);
    return PublicHalf{"ssh-ed25519", WireWriter().string("ssh-ed25519").string(point).take()};
  }
  if (EVP_PKEY_is_a(key, "RSA")) {
    const auto n = number_of(key, OSSL_PKEY_PARAM_RSA_N);
    const auto e = number_of(key, OSSL_PKEY_PARAM_RSA_E);
    if (!n || !e) return damaged(name, "it has no public half");
    return PublicHalf{"ssh-rsa",
                      WireWriter().string("ssh-rsa").mpint(bytes_of(e.get())).mpint(bytes_of(n.get())).take()};
  }
  if (EVP_PKEY_is_a(key, "EC")) {
    const Curve* curve = curve_of(key);
    if (curve == nullptr)
      return unsupported(name, "is an ECDSA key on a curve that SSH does not know",
                         "make another: ssh-keygen -t ed25519");
    const auto x = number_of(key, OSSL_PKEY_PARAM_EC_PUB_X);
    const auto y = number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y);
    std::string point(1 + 2 * static_cast<std::size_t>(curve->bytes), '\x04');
    if (!x || !y || BN_bn2binpad(x.get(), out(point) + 1, curve->bytes) < 0 ||
        BN_bn2binpad(y.get(), out(point) + 1 + curve->bytes, curve->bytes) < 0) {
      return damaged(name, "it has no public half");
    }
    const std::string type = cat("ecdsa-sha2-", curve->name);
    return PublicHalf{type, WireWriter().string(type).string(curve->name).string(point).take()};
  }
  if (EVP_PKEY_is_a(key, "DSA")) return *refuse_type("ssh-dss", name);
  const char* type = EVP_PKEY_get0_type_name(key);
  return *refuse_type(type == nullptr ? "" : type, name);
}

Owned<EVP_PKEY> key_from_fields(std::string_view type, WireReader& fields) {
  if (type == "ssh-ed25519") return ed25519(fields);
  if (type == "ssh-rsa") return rsa(fields);
  return ecdsa(type, fields);
}

Result<std::string> sign_with(EVP_PKEY* key, std::string_view type, std::string_view algorithm, std::string_view data) {
  const bool is_rsa = type == "ssh-rsa";
  const EVP_MD* digest = nullptr;
  if (is_rsa && algorithm == "rsa-sha2-512") digest = EVP_sha512();
  if (is_rsa && algorithm == "rsa-sha2-256") digest = EVP_sha256();
  if (is_rsa && algorithm == "ssh-rsa") digest = EVP_sha1();
  if (type.ends_with("nistp256")) digest = EVP_sha256();
  if (type.ends_with("nistp384")) digest = EVP_sha384();
  if (type.ends_with("nistp521")) digest = EVP_sha512();
  if (is_rsa ? digest == nullptr : algorithm != type) {
    return Error("ssh.key_unsupported",
                 cat("a key of the type '", type, "' cannot sign with '", printable(algorithm), "'"));
  }
  const Error failed("ssh.key_format", cat("OpenSSL cannot sign with this key of the type '", type, "'"));
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  std::size_t length = 0;
  if (!context || EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &length, in(data), data.size()) != 1) {
    return failed;
  }
  std::string signature(length, '\0');
  if (EVP_DigestSign(context.get(), out(signature), &length, in(data), data.size()) != 1) return failed;
  signature.resize(length);
  if (is_rsa || digest == nullptr) return signature;
  // ECDSA: SSH has the two numbers in its own clothes.
  const unsigned char* der = in(signature);
  const Owned<ECDSA_SIG> parts(d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(length)));
  if (!parts) return failed;
  return WireWriter()
      .mpint(bytes_of(ECDSA_SIG_get0_r(parts.get())))
      .mpint(bytes_of(ECDSA_SIG_get0_s(parts.get())))
      .take();
}

Status check_key(EVP_PKEY* key, const std::string& name) {
  if (EVP_PKEY_is_a(key, "RSA")) RUNBOOK_TRY(check_rsa_size(key, name));
  // One signature tells more than looking at the numbers, and costs milliseconds: what is damaged here would be an
  // "access denied" much later.
  static constexpr std::string_view text = "do the halves of this key fit together?";
  const EVP_MD* digest = EVP_PKEY_is_a(key, "ED25519") ? nullptr : EVP_sha256();
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)), '\0');
  std::size_t length = signature.size();
  const Owned<EVP_MD_CTX> signing(EVP_MD_CTX_new());
  const Owned<EVP_MD_CTX> verifying(EVP_MD_CTX_new());
  const bool fits = EVP_DigestSignInit(signing.get(), nullptr, digest, nullptr, key) == 1 &&
                    EVP_DigestSign(signing.get(), out(signature), &length, in(text), text.size()) == 1 &&
                    EVP_DigestVerifyInit(verifying.get(), nullptr, digest, nullptr, key) == 1 &&
                    EVP_DigestVerify(verifying.get(), in(signature), length, in(text), text.size()) == 1;
  if (!fits) return damaged(name, "its private and its public half do not fit together");
  return Unit{};
}

}  // namespace runbook::ssh

// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/keys/openssh_key.h"

#include <algorithm>
#include <array>

#include "host/core/text.h"
#include "host/ssh/keys/bcrypt_pbkdf.h"
#include "host/ssh/keys/key_errors.h"
#include "host/ssh/keys/key_material.h"
#include "host/ssh/wire.h"

namespace runbook::ssh {
namespace {

constexpr std::string_view kMagic("openssh-key-v1\0", 15);
constexpr std::size_t kTag = 16;

struct Cipher {
  std::string_view name;
  const EVP_CIPHER* (*get)();
  bool sealed = false;  ///< with a tag behind the content
};
constexpr std::array kCiphers = {Cipher{"aes256-ctr", EVP_aes_256_ctr},
                                 Cipher{"aes192-ctr", EVP_aes_192_ctr},
                                 Cipher{"aes128-ctr", EVP_aes_128_ctr},
                                 Cipher{"aes256-cbc", EVP_aes_256_cbc},
                                 Cipher{"aes192-cbc", EVP_aes_192_cbc},
                                 Cipher{"aes128-cbc", EVP_aes_128_cbc},
                                 Cipher{"aes256-gcm@openssh.com", EVP_aes_256_gcm, true},
                                 Cipher{"aes128-gcm@openssh.com", EVP_aes_128_gcm, true}};

struct Envelope {
  std::string_view cipher, kdf, kdf_options, public_key, content, tag;
};

Result<Envelope> read_envelope(std::string_view file, const std::string& name) {
  if (!file.starts_with(kMagic)) return damaged(name, "it does not begin as OpenSSH's keys do");
  WireReader reader(file.substr(kMagic.size()));
  Envelope envelope;
  envelope.cipher = reader.string();
  envelope.kdf = reader.string();
  envelope.kdf_options = reader.string();
  const std::uint32_t keys = reader.u32();
  if (reader.ok() && keys != 1) return damaged(name, cat("it says that it holds ", keys, " keys, and not one"));
  envelope.public_key = reader.string();
  envelope.content = reader.string();
  envelope.tag = reader.rest();
  if (!reader.ok()) return damaged(name, "it ends too early");
  return envelope;
}

/// The cipher's key and the first counter, one behind the other.
Result<SecretBytes> derive(const Envelope& envelope, std::size_t length, std::string_view passphrase,
                           const std::string& name) {
  if (envelope.kdf != "bcrypt") {
    return unsupported(name, cat("makes its key by the unknown method '", printable(envelope.kdf.substr(0, 64)), "'"),
                       new_encryption(name));
  }
  WireReader options(envelope.kdf_options);
  const std::string_view salt = options.string();
  const std::uint32_t rounds = options.u32();
  if (!options.at_end() || salt.empty() || rounds == 0) return damaged(name, "how it is encrypted cannot be read");
  if (rounds > kMaxBcryptRounds) {
    return unsupported(name, cat("asks for ", rounds, " rounds of bcrypt; at most ", kMaxBcryptRounds, " are taken"),
                       new_encryption(name));
  }
  return bcrypt_pbkdf(passphrase, salt, rounds, length);
}

Result<SecretBytes> decrypt(const Envelope& envelope, std::string_view passphrase, const std::string& name) {
  const auto* cipher =
      std::find_if(kCiphers.begin(), kCiphers.end(), [&](const Cipher& each) { return each.name == envelope.cipher; });
  if (cipher == kCiphers.end()) {
    return unsupported(
        name, cat("is encrypted with '", printable(envelope.cipher.substr(0, 64)), "', which is not known here"),
        new_encryption(name));
  }
  const std::size_t tag = cipher->sealed ? kTag : 0;
  if (envelope.content.empty() || envelope.content.size() % 16 != 0 || envelope.tag.size() != tag)
    return damaged(name, "its length is wrong");
  if (passphrase.empty()) return passphrase_missing(name);
  const EVP_CIPHER* method = cipher->get();
  const auto key_length = static_cast<std::size_t>(EVP_CIPHER_get_key_length(method));
  auto key =
      derive(envelope, key_length + static_cast<std::size_t>(EVP_CIPHER_get_iv_length(method)), passphrase, name);
  if (!key) return std::move(key).error();
  SecretBytes plain(envelope.content.size());
  const Owned<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
  std::string seal(envelope.tag);
  int length = 0, rest = 0;
  const bool opened =
      EVP_DecryptInit_ex(context.get(), method, nullptr, out(*key), out(*key) + key_length) == 1 &&
      EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
      (!cipher->sealed || EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTag, seal.data()) == 1) &&
      EVP_DecryptUpdate(context.get(), out(plain), &length, in(envelope.content), static_cast<int>(plain.size())) ==
          1 &&
      EVP_DecryptFinal_ex(context.get(), out(plain) + length, &rest) == 1;
  if (!opened) return passphrase_wrong(name);
  return plain;
}

bool is_padding(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (static_cast<unsigned char>(bytes[i]) != i + 1) return false;
  }
  return bytes.size() < 256;
}

}  // namespace

Result<Owned<EVP_PKEY>> read_openssh_key(std::string_view file, std::string_view passphrase, const std::string& name) {
  const auto envelope = read_envelope(file, name);
  if (!envelope) return envelope.error();
  const std::string_view type = WireReader(envelope->public_key).string();
  if (type.empty()) return damaged(name, "its public half cannot be read");
  // Before anybody is asked for a passphrase.
  if (auto refusal = refuse_type(type, name)) return *std::move(refusal);
  SecretBytes plain;
  const bool encrypted = envelope->cipher != "none";
  if (encrypted) {
    auto opened = decrypt(*envelope, passphrase, name);
    if (!opened) return std::move(opened).error();
    plain = *std::move(opened);
  } else if (envelope->kdf != "none" || !envelope->tag.empty()) {
    return damaged(name, "its length is wrong");
  }
  WireReader reader(encrypted ? view(plain) : envelope->content);
  // The same number twice, if the passphrase is the right one.
  const std::uint32_t check = reader.u32();
  if (const std::uint32_t again = reader.u32(); check != again) {
    return encrypted ? passphrase_wrong(name) : damaged(name, "its content is damaged");
  }
  if (reader.string() != type) return damaged(name, "its private and its public half do not fit together");
  auto key = key_from_fields(type, reader);
  reader.string();  // the comment
  if (!key || !reader.ok() || !is_padding(reader.rest())) return damaged(name, "its content is damaged");
  const auto half = public_half(key.get(), name);
  if (!half) return half.error();
  if (half->blob != envelope->public_key) return damaged(name, "its private and its public half do not fit together");
  return key;
}

}  // namespace runbook::ssh

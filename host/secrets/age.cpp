// SPDX-License-Identifier: Apache-2.0
#include "host/secrets/age.h"

#include <algorithm>
#include <optional>

#include "host/core/text.h"
#include "host/secrets/age_crypto.h"
#include "host/secrets/age_header.h"
#include "host/secrets/bech32.h"

namespace runbook::secrets {
namespace {

constexpr std::string_view kX25519Info = "age-encryption.org/v1/X25519";
constexpr std::string_view kScryptSalt = "age-encryption.org/v1/scrypt";
constexpr std::string_view kSecretPrefix = "age-secret-key-";
constexpr std::size_t kFileKey = 16, kKey = 32, kChunk = 64 * 1024, kTag = 16;
constexpr int kMaxLogN = 22;  // 4 GiB: more is an attack on whoever tries to read the file

const std::string& zero_nonce() {
  static const std::string nonce(12, '\0');
  return nonce;
}

std::string header_mac(const std::string& file_key, std::string_view header) {
  return hmac_sha256(hkdf_sha256(file_key, "", "header"), header);
}

// The nonces of the payload's chunks: a counter, and a mark on the last.
std::string chunk_nonce(std::uint64_t number, bool last) {
  std::string nonce(12, '\0');
  for (int i = 0; i < 8; ++i) nonce[static_cast<std::size_t>(10 - i)] = static_cast<char>(number >> (8 * i) & 0xFF);
  nonce[11] = last ? '\x01' : '\0';
  return nonce;
}

Result<std::string> finish(const std::string& file_key, const std::vector<AgeStanza>& stanzas, std::string_view plain) {
  std::string file = age_header_text(stanzas);
  file += cat(" ", base64_encode(header_mac(file_key, file)), "\n");
  auto nonce = random_bytes(16);
  if (!nonce) return nonce;
  const std::string key = hkdf_sha256(file_key, *nonce, "payload");
  file += *nonce;
  for (std::uint64_t number = 0;; ++number) {
    const bool last = plain.size() <= kChunk;
    auto sealed = seal(key, chunk_nonce(number, last), plain.substr(0, kChunk));
    if (!sealed) return sealed;
    file += *sealed;
    if (last) return file;
    plain.remove_prefix(kChunk);
  }
}

Result<std::string> open_payload(const std::string& file_key, std::string_view payload) {
  if (payload.size() < 16) return Error("age.tampered", "the file was cut");
  const std::string key = hkdf_sha256(file_key, payload.substr(0, 16), "payload");
  payload.remove_prefix(16);
  std::string plain;
  for (std::uint64_t number = 0;; ++number) {
    const bool last = payload.size() <= kChunk + kTag;
    auto chunk = open_sealed(key, chunk_nonce(number, last), payload.substr(0, kChunk + kTag));
    if (!chunk) return chunk;
    if (last && chunk->empty() && number > 0) return Error("age.tampered", "the file has an empty end");
    plain += *chunk;
    if (last) return plain;
    payload.remove_prefix(kChunk + kTag);
  }
}

Result<AgeStanza> wrap_for(const std::string& file_key, const std::string& recipient) {
  auto secret = random_bytes(kKey);
  if (!secret) return std::move(secret).error();
  auto share = x25519_public(*secret);
  if (!share) return std::move(share).error();
  auto shared = x25519_shared(*secret, recipient);
  if (!shared) return std::move(shared).error();
  auto body = seal(hkdf_sha256(*shared, *share + recipient, kX25519Info), zero_nonce(), file_key);
  if (!body) return std::move(body).error();
  return AgeStanza{{"X25519", base64_encode(*share)}, std::move(*body)};
}

// The file's key, nothing where this stanza is for another identity.
Result<std::optional<std::string>> unwrap(const AgeStanza& stanza, const Identity& identity) {
  const Error bad("age.format", "this is no age file: an X25519 stanza is malformed");
  if (stanza.args.size() != 2 || stanza.body.size() != kFileKey + kTag) return bad;
  const auto share = base64_decode(stanza.args[1]);
  if (!share || share->size() != kKey) return bad;
  const auto shared = x25519_shared(identity.secret, *share);
  if (!shared) return bad;
  auto key = open_sealed(hkdf_sha256(*shared, *share + identity.point, kX25519Info), zero_nonce(), stanza.body);
  if (!key) return std::optional<std::string>();
  return std::optional<std::string>(std::move(*key));
}

Result<std::string> unwrap_passphrase(const AgeStanza& stanza, const AgeKeys& keys) {
  const Error bad("age.format", "this is no age file: its scrypt stanza is malformed");
  if (stanza.args.size() != 3 || stanza.body.size() != kFileKey + kTag) return bad;
  const auto salt = base64_decode(stanza.args[1]);
  const std::string& log_n = stanza.args[2];
  const bool digits = !log_n.empty() && log_n.size() <= 2 && log_n[0] != '0' &&
                      std::all_of(log_n.begin(), log_n.end(), [](unsigned char c) { return c >= '0' && c <= '9'; });
  if (!salt || salt->size() != 16 || !digits) return bad;
  if (std::stoi(log_n) > kMaxLogN) return Error("age.format", cat("the file's passphrase would cost 2^", log_n, " to try, refused"));
  if (!keys.passphrase) return Error("age.no_key", "the file is encrypted with a passphrase, and nobody is there to ask for it");
  const auto passphrase = keys.passphrase();
  if (!passphrase) return passphrase;
  const auto wrap = scrypt(*passphrase, cat(kScryptSalt, *salt), std::stoi(log_n));
  if (!wrap) return wrap;
  auto key = open_sealed(*wrap, zero_nonce(), stanza.body);
  if (!key) return Error("age.no_key", "the passphrase is another one");
  return key;
}

Result<std::string> file_key_of(const AgeHeader& header, const AgeKeys& keys) {
  for (const AgeStanza& stanza : header.stanzas) {
    if (stanza.args[0] != "scrypt") continue;
    if (header.stanzas.size() != 1) return Error("age.format", "this is no age file: a passphrase stands alone");
    return unwrap_passphrase(stanza, keys);
  }
  for (const AgeStanza& stanza : header.stanzas) {
    if (stanza.args[0] != "X25519") continue;
    for (const Identity& identity : keys.identities) {
      auto key = unwrap(stanza, identity);
      if (!key) return std::move(key).error();
      if (*key) return std::move(**key);
    }
  }
  if (keys.identities.empty()) return Error("age.no_key", "the file wants a key, and there is none");
  return Error("age.no_key", "the file is encrypted for other keys");
}

}  // namespace

Result<Identity> Identity::generate() {
  auto secret = random_bytes(kKey);
  if (!secret) return std::move(secret).error();
  auto point = x25519_public(*secret);
  if (!point) return std::move(point).error();
  return Identity{std::move(*secret), std::move(*point)};
}

Result<Identity> Identity::parse(std::string_view text) {
  auto decoded = bech32_decode(trim(text));
  if (!decoded) return std::move(decoded).error();
  if (decoded->prefix != kSecretPrefix || decoded->bytes.size() != kKey) {
    return Error("secret.key", "this is no age secret key: it begins with 'AGE-SECRET-KEY-1'");
  }
  auto point = x25519_public(decoded->bytes);
  if (!point) return std::move(point).error();
  return Identity{std::move(decoded->bytes), std::move(*point)};
}

std::string Identity::text() const { return bech32_encode("AGE-SECRET-KEY-", secret); }
std::string Identity::recipient() const { return bech32_encode("age", point); }

Result<std::vector<Identity>> parse_identities(std::string_view text) {
  std::vector<Identity> out;
  std::size_t number = 0;
  for (const std::string& line : split(text, '\n')) {
    ++number;
    const auto entry = trim(line);
    if (entry.empty() || entry[0] == '#') continue;
    auto identity = Identity::parse(entry);
    if (!identity) return Error("secret.key", cat("line ", number, ": ", identity.error().message));
    out.push_back(std::move(*identity));
  }
  if (out.empty()) return Error("secret.key", "there is no key in it");
  return out;
}

Result<std::string> parse_recipient(std::string_view text) {
  auto decoded = bech32_decode(trim(text));
  if (!decoded) return std::move(decoded).error();
  if (decoded->prefix == kSecretPrefix) {
    return Error("secret.key", "this is a secret key: give its public one, which begins with 'age1'");
  }
  if (decoded->prefix != "age" || decoded->bytes.size() != kKey) {
    return Error("secret.key", "this is no age public key: it begins with 'age1'");
  }
  return std::move(decoded->bytes);
}

Result<std::string> age_encrypt(std::string_view plain, const std::vector<std::string>& recipients) {
  if (recipients.empty()) return Error("secret.key", "there is nobody to encrypt for");
  auto file_key = random_bytes(kFileKey);
  if (!file_key) return file_key;
  std::vector<AgeStanza> stanzas;
  for (const std::string& recipient : recipients) {
    auto point = parse_recipient(recipient);
    if (!point) return Error("secret.key", cat("'", recipient, "': ", point.error().message));
    auto stanza = wrap_for(*file_key, *point);
    if (!stanza) return std::move(stanza).error();
    stanzas.push_back(std::move(*stanza));
  }
  return finish(*file_key, stanzas, plain);
}

Result<std::string> age_encrypt_passphrase(std::string_view plain, std::string_view passphrase, int log_n) {
  if (passphrase.empty()) return Error("secret.key", "the passphrase is empty");
  auto file_key = random_bytes(kFileKey);
  auto salt = random_bytes(16);
  if (!file_key) return file_key;
  if (!salt) return salt;
  const auto wrap = scrypt(passphrase, cat(kScryptSalt, *salt), log_n);
  if (!wrap) return wrap;
  auto body = seal(*wrap, zero_nonce(), *file_key);
  if (!body) return body;
  return finish(*file_key, {AgeStanza{{"scrypt", base64_encode(*salt), std::to_string(log_n)}, std::move(*body)}}, plain);
}

Result<std::string> age_decrypt(std::string_view file, const AgeKeys& keys) {
  std::string bare;
  if (is_armored(file)) {
    auto inside = remove_armor(file);
    if (!inside) return inside;
    bare = std::move(*inside);
    file = bare;
  }
  const auto header = parse_age_header(file);
  if (!header) return header.error();
  const auto file_key = file_key_of(*header, keys);
  if (!file_key) return file_key;
  if (file_key->size() != kFileKey || !equal_in_constant_time(header->mac, header_mac(*file_key, header->signed_text))) {
    return Error("age.tampered", "the file's header was changed");
  }
  return open_payload(*file_key, file.substr(header->size));
}

}  // namespace runbook::secrets

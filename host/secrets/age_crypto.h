// SPDX-License-Identifier: Apache-2.0
//
// The primitives that age is made of, over OpenSSL. Byte strings throughout; 32-byte keys.
#pragma once

#include <string>
#include <string_view>

#include "runbook/result.h"

namespace runbook::secrets {

Result<std::string> random_bytes(std::size_t count);

/// The public key of a secret one.
Result<std::string> x25519_public(std::string_view secret);
/// Refuses a peer's key that gives the all-zero secret.
Result<std::string> x25519_shared(std::string_view secret, std::string_view peer);

std::string hmac_sha256(std::string_view key, std::string_view text);
/// The first 32 bytes of HKDF-SHA256.
std::string hkdf_sha256(std::string_view input, std::string_view salt, std::string_view info);
/// 32 bytes; r = 8, p = 1, N = 2^log_n.
Result<std::string> scrypt(std::string_view passphrase, std::string_view salt, int log_n);

/// ChaCha20-Poly1305 with a 12-byte nonce; the 16-byte tag is at the end.
Result<std::string> seal(std::string_view key, std::string_view nonce, std::string_view plain);
/// Code "age.tampered" where the tag does not fit.
Result<std::string> open_sealed(std::string_view key, std::string_view nonce, std::string_view sealed);

bool equal_in_constant_time(std::string_view a, std::string_view b);

/// Standard alphabet without padding; decoding accepts only what encoding gives.
std::string base64_encode(std::string_view bytes);
Result<std::string> base64_decode(std::string_view text);

}  // namespace runbook::secrets

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "host/ssh/keys/evp.h"

namespace runbook::ssh {

/// A key from a passphrase, as OpenSSH makes the ones that encrypt private keys. A round takes some milliseconds for
/// each 32 bytes of key.
SecretBytes bcrypt_pbkdf(std::string_view passphrase, std::string_view salt, std::uint32_t rounds, std::size_t length);

}  // namespace runbook::ssh

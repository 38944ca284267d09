// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "host/ssh/keys/evp.h"
#include "runbook/result.h"

namespace runbook::ssh {

/// Rounds of bcrypt that a file may ask for. ssh-keygen's own are 16 or 24; these take about ten seconds.
constexpr std::uint32_t kMaxBcryptRounds = 1024;

/// The content of "BEGIN OPENSSH PRIVATE KEY", which is OpenSSH's own (its PROTOCOL.key): encrypted or not.
Result<Owned<EVP_PKEY>> read_openssh_key(std::string_view content, std::string_view passphrase,
                                         const std::string& name);

}  // namespace runbook::ssh

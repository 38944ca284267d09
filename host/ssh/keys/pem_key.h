// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "host/ssh/keys/evp.h"
#include "runbook/result.h"

namespace runbook::ssh {

/// What stands between "-----BEGIN X-----" and its end: PKCS#1, SEC1, PKCS#8 (encrypted or not), and OpenSSH's own.
/// Never asks anybody for a passphrase.
Result<Owned<EVP_PKEY>> read_pem_key(std::string_view text, std::string_view passphrase, const std::string& name);

}  // namespace runbook::ssh

// SPDX-License-Identifier: Apache-2.0
//
// Between OpenSSL's keys and SSH's: what a key is called, its public half on the wire, and whether it may be used.
#pragma once

#include <string>
#include <string_view>

#include "host/ssh/keys/evp.h"
#include "host/ssh/wire.h"
#include "runbook/result.h"

namespace runbook::ssh {

struct PublicHalf {
  std::string type, blob;
};
/// Refuses what SSH has no name for.
Result<PublicHalf> public_half(EVP_PKEY* key, const std::string& name);

/// The fields of a private key of this type as OpenSSH stores them. Null where they make no key.
Owned<EVP_PKEY> key_from_fields(std::string_view type, WireReader& fields);

/// What follows the algorithm's name in a signature; empty where OpenSSL cannot.
Result<std::string> sign_with(EVP_PKEY* key, std::string_view type, std::string_view algorithm, std::string_view data);

/// Refuses keys that are too weak, too large to use in reasonable time, or whose halves do not fit together.
Status check_key(EVP_PKEY* key, const std::string& name);

}  // namespace runbook::ssh

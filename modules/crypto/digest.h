// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runbook/result.h"

namespace runbook::crypto {

/// The digests on offer: "sha256", "sha512" ...
const std::vector<std::string>& digest_names();

/// The raw digest. REQUIRES: a name of digest_names().
Result<std::string> digest(const std::string& name, std::string_view bytes);
Result<std::string> hmac(const std::string& name, std::string_view key, std::string_view bytes);

/// Whether both are the same, in a time that depends only on their lengths.
bool equal(std::string_view a, std::string_view b);

Result<std::string> random_bytes(std::size_t count);
/// A random UUID (version 4).
Result<std::string> uuid();

}  // namespace runbook::crypto

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "runbook/result.h"

namespace runbook {

std::string base64_encode(std::string_view bytes);
/// The URL-safe alphabet, without padding.
std::string base64url_encode(std::string_view bytes);
/// Reads both alphabets, padded or not; white space is skipped. Error encoding.invalid.
Result<std::string> base64_decode(std::string_view text);

std::string hex_encode(std::string_view bytes);
/// Error encoding.invalid.
Result<std::string> hex_decode(std::string_view text);

/// Everything but RFC 3986's unreserved characters as %XX.
std::string percent_encode(std::string_view text);

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "runbook/value.h"

namespace runbook::journal {

/// SHA-256 in hex.
std::string sha256(std::string_view text);

/// What a step's declared inputs are compared by: the hash of their canonical JSON. Secrets count by their text.
std::string fingerprint(const Value& inputs);

}  // namespace runbook::journal

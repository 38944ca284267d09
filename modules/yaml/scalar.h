// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "runbook/value.h"

namespace runbook::yaml {

/// What a plain (unquoted) scalar means by the core schema of YAML 1.2: null, a boolean, a number or a string.
Value resolve_plain(std::string_view text);

/// Whether a reader of YAML 1.2 or 1.1 would take the plain text for something else than a string.
bool is_ambiguous(std::string_view text);

}  // namespace runbook::yaml

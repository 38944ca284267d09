// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "runbook/value.h"

namespace runbook::yaml {

/// Block style, two spaces, keys in sorted order; what a reader of YAML 1.1 or 1.2 could take for something else is
/// quoted. Secrets are revealed.
std::string encode(const Value& value);

}  // namespace runbook::yaml

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "runbook/value.h"

namespace runbook::yaml {

/// The documents of a text: YAML 1.2 (core schema) with anchors, aliases and merge keys. Keys that are no strings become
/// their text. Errors: yaml.syntax, yaml.duplicate_key, yaml.alias, yaml.tag, yaml.limit; all with line and column.
Result<std::vector<Value>> decode_all(std::string_view text);

/// The only document; null where there is none.
Result<Value> decode(std::string_view text);

}  // namespace runbook::yaml

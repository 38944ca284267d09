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

/// Where each value of the only document begins: an object from JSON pointers (RFC 6901) to {line, column}, from 1 on.
/// Of a member of a map it is its key. What aliases and merge keys bring has no place of its own.
Result<Value> positions(std::string_view text);

}  // namespace runbook::yaml

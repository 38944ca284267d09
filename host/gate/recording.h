// SPDX-License-Identifier: Apache-2.0
//
// What a run asked of the world and what it was told, one JSON object a line:
//   {"operation": "box.item_get", "args": {...}, "events": [...], "result": ...}      or "error": {...}
// A secret is {"$secret": name} without its text, an unknown {"$unknown": origin}.
#pragma once

#include <string_view>
#include <vector>

#include "host/core/redactor.h"
#include "runbook/value.h"

namespace runbook {

/// A value as a recording keeps it: without the text of any secret, opaque or plain.
Value to_recording(const Value& value, const Redactor& redactor);
/// Secrets come back with "***" as their text.
Value from_recording(const Value& value);

/// Reads a recording; names the line that is none ("replay.invalid").
Result<std::vector<Value>> read_recording(std::string_view ndjson);

}  // namespace runbook

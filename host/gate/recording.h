// SPDX-License-Identifier: Apache-2.0
//
// What a run asked of the world and what it was told, one JSON object a line:
//   {"operation": "box.item_get", "args": {...}, "events": [...], "seconds": 0.2, "result": ...}
// or "error": {...}, or "cancelled": true where nobody waited for the answer. A secret is {"$secret": name} without its
// text, an unknown {"$unknown": origin}, what is no text {"$base64": bytes}.
#pragma once

#include <string_view>
#include <vector>

#include "host/core/redactor.h"
#include "runbook/gate.h"
#include "runbook/value.h"

namespace runbook {

/// A value as a recording keeps it: without the text of any secret, opaque or plain.
Value to_recording(const Value& value, const Redactor& redactor);
/// What a call is known by: its operation, and whether it puts back what that did.
std::string recorded_name(const EffectCall& call);
/// Secrets come back with "***" as their text.
Value from_recording(const Value& value);

/// Refuses what is no effect ("replay.invalid").
Status check_recorded(const Value& entry, std::size_t line);
/// Reads a recording; names the line that is none ("replay.invalid").
Result<std::vector<Value>> read_recording(std::string_view ndjson);

}  // namespace runbook

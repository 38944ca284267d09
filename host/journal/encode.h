// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "runbook/error.h"
#include "runbook/value.h"

namespace runbook::journal {

/// Removes known secrets from a text.
using Redact = std::function<std::string(std::string)>;

/// A value as the journal keeps it: JSON with secrets starred, wherever they are.
struct Encoded {
  std::string json;    ///< empty for null
  bool lossy = false;  ///< it held a secret or an unknown: what is kept differs from the value
};
Encoded encode(const Value& value, const Redact& redact);
Value decode(const std::string& json);

std::string encode(const std::optional<Error>& error, const Redact& redact);
std::optional<Error> decode_error(const std::string& json);

}  // namespace runbook::journal

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runbook/error.h"
#include "runbook/value.h"

namespace runbook {

/// An Error as events, the journal and recordings keep it: {code, message, hint?, retryable?, where?, context?, cause?}.
Value error_to_value(const Error& error);
Error error_from_value(const Value& value);

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runbook/value.h"

namespace runbook::docker {

/// As a script sees a task, without the names of its service and its node.
Value task_view(const Value& raw);

}  // namespace runbook::docker

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runbook/operation.h"

namespace runbook::db {

extern const Operation kQuery, kExec, kBackup;

}  // namespace runbook::db

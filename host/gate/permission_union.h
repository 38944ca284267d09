// SPDX-License-Identifier: Apache-2.0
//
// What several runs of one runbook touched, each with parameters of its own, as one proposal.
#pragma once

#include "runbook/value.h"

namespace runbook {

/// Two reviews of the same file, see PermissionReview::to_value(): what either touched, what either lacked, and what
/// neither used.
Value unite_reviews(const Value& one, const Value& other);

}  // namespace runbook

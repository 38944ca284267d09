// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace runbook {

/// A flag of a Field (operation.h): text that is given for it becomes a secret at once, so that it is neither shown nor
/// kept. The operation's `probe` and `revert` must do without it.
inline constexpr unsigned kHiddenField = 4;

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "runbook/result.h"

namespace runbook::cli {

/// Lets a person edit the text with $VISUAL, $EDITOR or vi, in a file that only they can read, in memory where there is
/// such a place, and that is gone afterwards.
Result<std::string> edit_text(const std::string& text);

}  // namespace runbook::cli

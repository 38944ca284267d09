// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "modules/machine/shell_run.h"

namespace runbook::machine {

/// Why a script about files failed, as this computer's files would have said it: by the word it gave, where it had
/// tested the condition itself, else by the last words of the tool that failed (all end with the text of an errno).
Error shell_error(const ShellEnd& end, const char* doing, const std::string& path);

/// The errno that a tool's last words mean; 0 for none that is known.
int errno_in(const std::string& words);

}  // namespace runbook::machine

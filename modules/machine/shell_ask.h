// SPDX-License-Identifier: Apache-2.0
//
// A script that is a question: what it printed is the answer, unless it failed.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "modules/machine/shell_run.h"
#include "runbook/operation.h"

namespace runbook::machine {

using ShellAnswer = std::function<Result<Value>(const ShellEnd&)>;
using ShellFailure = std::function<Error(const ShellEnd&)>;

Cancel ask_script(World& world, const Value& target, ShellScript script, ShellFailure failure, ShellAnswer answer,
                  Done done);

/// The failure of a script about a file.
ShellFailure shell_failure(const char* doing, std::string path);
/// The same of one that may have failed: nothing where it has not.
std::optional<Error> failure_of(const ShellEnd& end, const char* doing, const std::string& path);

/// A mode for chmod, of five digits, so that it clears the special bits of a directory too. Empty for none.
std::string octal_of(std::optional<unsigned> mode);

}  // namespace runbook::machine

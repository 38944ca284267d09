// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "modules/machine/shell_run.h"

namespace runbook::machine {

/// A program with its arguments, directory and environment, as a script starts one.
struct ShellCommand {
  std::string program;
  std::string cwd;
  /// Leaves the program's path in $rb_program, its arguments in $@, and the commands that set its environment in
  /// $rb_env; or fails with a word that refusal() understands.
  std::string text;
  /// What the script reads first from its standard input.
  std::string environment;

  static bool is_refusal(const std::string& reason);
  Error refusal(const ShellEnd& end) const;
};

/// From argv, cwd and env of a call.
Result<ShellCommand> shell_command_of(const Value& args);

}  // namespace runbook::machine

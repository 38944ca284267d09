// SPDX-License-Identifier: Apache-2.0
//
// One script for sh at a place, from its first word to its exit, in one round trip.
#pragma once

#include <functional>
#include <string>

#include "host/core/process.h"
#include "runbook/remote_shell.h"

namespace runbook::machine {

struct ShellScript {
  /// What follows the prelude. It has `mark`, `fail WORD` and $m$n, a text that nobody there could know before.
  std::string text;
  /// Whether the text calls `mark` by itself, when what is to come is not its own output any more. It then has no $m$n:
  /// a program is given no variable of ours.
  bool marks = false;
  std::string input;
  /// Gets the output as it comes; where this is empty it is kept.
  std::function<void(Stream, std::string_view)> on_output;
};

struct ShellEnd {
  int code = 0;
  std::string signal;  ///< "KILL"
  std::string out, error;
  std::string reason;  ///< the WORD of `fail`
  std::string mark;    ///< $m$n
  double seconds = 0;
};

/// The script as it is sent, with the mark it will use.
std::string shell_text(const ShellScript& script, const std::string& mark);

/// Runs it at the place that `target` means, as the user that it says. Errors: the transport's, machine.shell where no
/// shell answers, machine.sudo*, machine.output_limit.
Cancel run_script(World& world, const Value& target, ShellScript script, Callback<void(Result<ShellEnd>)> done);

}  // namespace runbook::machine

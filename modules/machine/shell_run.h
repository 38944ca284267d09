// SPDX-License-Identifier: Apache-2.0
//
// One script for sh at a place, from its first word to its exit, in one round trip.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "host/core/process.h"
#include "runbook/remote_shell.h"

namespace runbook::machine {

/// The next piece of an input; nothing at its end.
using ShellPiece = Callback<void(std::optional<std::string>)>;

/// Lets who takes the output of a script hold back its sender, as long as the script runs.
struct ShellFlow {
  std::string mark;  ///< ShellEnd::mark, before the end
  std::function<void(bool paused)> set_paused;
};

struct ShellScript {
  /// What follows the prelude. It has `mark`, `fail WORD` and $m$n, a text that nobody there could know before.
  std::string text;
  /// Whether the text calls `mark` by itself, when what is to come is not its own output any more. It then has no $m$n:
  /// a program is given no variable of ours.
  bool marks = false;
  /// Ends what another script has left: it is not itself ended so.
  bool ends_others = false;
  std::string input;
  /// Gives the input in place of `input`, piece by piece: called when there is room for more, answered when there is more
  /// to say. Not called again before it has answered.
  std::function<void(ShellPiece)> more;
  std::shared_ptr<ShellFlow> flow;
  std::size_t most_kept = 80U << 20U;  ///< of the output, where it is kept
  /// Gets the output as it comes; where this is empty it is kept.
  std::function<void(Stream, std::string_view)> on_output;
  /// Gets the standard output alone as it comes.
  std::function<void(std::string_view)> on_out;
  /// Its mark has come, and not with a word of `fail`.
  std::function<void()> on_begun = {};
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
/// shell answers, machine.sudo*, machine.output_limit, machine.argument (too long for a command line).
Cancel run_script(World& world, const Value& target, ShellScript script, Callback<void(Result<ShellEnd>)> done);

}  // namespace runbook::machine

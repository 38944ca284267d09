// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "host/cli/commands.h"
#include "host/cli/display.h"

namespace runbook::cli {

/// One run with everything around it: the display and its clock, signals, questions, the log file.
class RunSession {
 public:
  /// An error where the log file cannot be opened. Without a `display` it is the one that the options ask for.
  static Result<std::unique_ptr<RunSession>> open(const Context& context, std::unique_ptr<Display> display = nullptr);
  ~RunSession();

  RunReport run(RunOptions options);
  /// The status to end with: 143 where it was SIGTERM that ended the run.
  int status(const RunReport& report) const;

 private:
  struct State;
  explicit RunSession(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace runbook::cli

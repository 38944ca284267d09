// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace runbook::cli {

struct Outcome {
  int status = -1;   ///< 128 plus the number of a signal that ended it
  std::string out;   ///< on a terminal: everything
  std::string err;
};

/// Runs the program with its own state directory. REQUIRES: RUNBOOK_STATE is set.
Outcome run_program(const std::vector<std::string>& arguments);
/// On a terminal of 70 columns; `type` is typed after half a second.
Outcome run_on_terminal(const std::vector<std::string>& arguments, const std::string& type = {});
/// Into a pipe that is closed after its first bytes.
Outcome run_into_closed_pipe(const std::vector<std::string>& arguments);

}  // namespace runbook::cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cli/commands.h"

namespace runbook::cli {

/// --inventory, --forks, and --limit: what has a '=' is a limit of the run, all else names hosts.
Status host_choice(const CommandLine& line, RunOptions& options);

/// `exec`: the runbook that is part of the program, and its parameters.
Status exec_options(const Context& context, RunOptions& options);

}  // namespace runbook::cli

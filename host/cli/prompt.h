// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "host/cli/command_line.h"
#include "host/cli/console.h"

namespace runbook::cli {

/// Whether a person is there to answer: a terminal on both ends, no --no-input, no --json, and not CI=true.
bool can_ask(const CommandLine& line);

/// Asks on stderr and reads a line; nothing at the end of input or where Ctrl-C was pressed. An answer to a question
/// that begins with "secret" is not shown.
std::optional<std::string> ask(const Console& console, const std::string& question, const std::string& problem);

}  // namespace runbook::cli

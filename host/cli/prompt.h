// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "host/cli/command_line.h"
#include "host/cli/console.h"

namespace runbook::cli {

/// Whether a person is there to answer: a terminal on both ends, no --no-input, no --json, and not CI=true.
bool can_ask(const CommandLine& line);

/// Asks on stderr and reads a line; nothing at the end of input, or as soon as `given_up` says so. `hidden`: what is
/// typed is not shown.
std::optional<std::string> ask(const Console& console, const std::string& question, const std::string& problem, bool hidden,
                               const std::function<bool()>& given_up = {});

}  // namespace runbook::cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "host/run/declaration.h"
#include "host/run/host_options.h"

namespace runbook::cli {

/// `runbook --help`.
std::string usage();
/// `runbook COMMAND --help`.
std::string usage(Command command);
/// `runbook FILE --help`: what the runbook declares.
std::string usage(const std::string& file, const Declaration& declaration);
/// `runbook completion bash`.
std::string bash_completion();

}  // namespace runbook::cli

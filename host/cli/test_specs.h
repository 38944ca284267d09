// SPDX-License-Identifier: Apache-2.0
//
// Which specs there are, and running them.
#pragma once

#include <string>
#include <vector>

#include "host/cli/test_reporter.h"
#include "runbook/host.h"

namespace runbook::cli {

/// The specs of files and folders, sorted; a path that has none is an error.
Result<std::vector<std::string>> find_specs(const std::vector<std::string>& paths);

/// As many as there are processors.
int default_jobs();

/// Runs them with these options, several side by side, and tells the reporter in their order. False where it was
/// interrupted.
bool run_specs(Host& host, const std::vector<std::string>& specs, int jobs, RunOptions options, TestReporter& reporter);

}  // namespace runbook::cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "host/cli/test_reporter.h"

namespace runbook::cli {

/// Runs a spec in this process; events come as they happen. Gives why the file is broken, or null.
using RunSpec = std::function<Value(const std::string& spec, const std::function<void(const Value&)>& on_event)>;

/// Whether this process can be forked: a thread of somebody else's may hold any lock.
bool can_fork();

/// Runs each spec in a process of its own, at most `jobs` at once, and tells the reporter in the order of the specs.
/// What crashes or is killed is a failed file. False where it was interrupted: all processes have ended then.
bool run_in_processes(const std::vector<std::string>& specs, int jobs, const RunSpec& run, TestReporter& reporter);

}  // namespace runbook::cli

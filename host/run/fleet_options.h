// SPDX-License-Identifier: Apache-2.0
//
// What the command line says of hosts: {inventory?, hosts, forks?}. A resumed run has to take up the same ones, so it is
// kept beside the run's parameters, under names that no parameter can have.
#pragma once

#include "host/run/host_options.h"
#include "runbook/host.h"

namespace runbook {

Value fleet_options(const RunOptions& options);

/// What was kept of them with a plan or a recording, where nothing else is said now.
void keep_fleet_options(RunOptions& options, const Value& kept);

/// The parameters as they go into the journal.
Value with_fleet_options(Value params, const Value& fleet);

/// Takes out of recorded parameters what with_fleet_options added. What is in `given` stands, of the rest the record.
Value take_fleet_options(Value& params, Value given);

/// The text of a runbook that is part of the program; null where `file` names none.
const std::string_view* builtin_runbook(std::string_view file);

}  // namespace runbook

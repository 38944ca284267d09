// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace runbook::journal {

/// "20261121-101503-3f2a9c": UTC time and three random bytes. Sorts by time.
std::string new_run_id();

/// Unix seconds of the wall clock.
double wall_clock();

/// "alice" and "node1": who and where this process is, for people.
std::string user_name();
std::string host_name();

}  // namespace runbook::journal

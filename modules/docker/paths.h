// SPDX-License-Identifier: Apache-2.0
// Paths of this machine that a call reads: what is permitted is where they lead.
#pragma once

#include <string>
#include <vector>

#include "runbook/operation.h"

namespace runbook::docker {

Access path_access(const char* kind, const std::string& path);
inline Access read_access(const std::string& path) { return path_access("read", path); }

/// Where the path leads, if that is still what the call was allowed to read. For Loop::blocking.
Result<std::string> reach(const std::string& path, const std::vector<Access>& allowed);

}  // namespace runbook::docker

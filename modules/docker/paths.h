// SPDX-License-Identifier: Apache-2.0
// Paths of this machine that a call reads: what is permitted is where they lead.
#pragma once

#include <string>
#include <vector>

#include "host/core/files.h"
#include "runbook/operation.h"

namespace runbook::docker {

Access path_access(World& world, const char* kind, const std::string& path);
inline Access read_access(World& world, const std::string& path) { return path_access(world, "read", path); }

/// Where the path leads, if that is still what the call was allowed to read. For Loop::blocking.
Result<std::string> reach(const files::Tree& files, const std::string& path, const std::vector<Access>& allowed);

}  // namespace runbook::docker

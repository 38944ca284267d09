// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "runbook/result.h"

namespace runbook::script {

/// Reads a Lua source file: a regular one, valid UTF-8, of at most a megabyte.
Result<std::string> read_source(const std::string& path);

/// "site.lua", "site/init.lua", "lib/site.lua" ... : where `require "site"` looks, relative to the runbook.
std::vector<std::string> source_candidates(const std::string& name);
/// The first of them that is there, as a path; empty where none is.
std::string find_source(const std::string& base, const std::string& name);

}  // namespace runbook::script

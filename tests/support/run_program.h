// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace runbook {

/// Starts a program, by its absolute path, with no input. Its output goes to a file, or nowhere.
pid_t spawn_program(const std::vector<std::string>& argv, const std::string& output);

/// Runs a program to its end; its exit code. Output is dropped, or kept in `output`.
int run_program(const std::vector<std::string>& argv, std::string* output = nullptr);

}  // namespace runbook

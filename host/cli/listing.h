// SPDX-License-Identifier: Apache-2.0
//
// What the journal knows, for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "host/cli/console.h"
#include "host/journal/reader.h"
#include "runbook/value.h"

namespace runbook::cli {

/// `plain`: one record a line, its fields divided by tabs.
std::string show_runs(const std::vector<journal::RunRecord>& runs, bool plain, const Paint& paint);
std::string show_run(const journal::Run& run, const Paint& paint);
std::string show_lines(const std::vector<journal::LineRecord>& lines, bool plain, const Paint& paint);

Value to_value(const journal::RunRecord& run);
Value to_value(const journal::Run& run);
Value to_value(const journal::LineRecord& line);

}  // namespace runbook::cli

// SPDX-License-Identifier: Apache-2.0
//
// The pieces of text that every display and listing is made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/cli/console.h"
#include "runbook/error.h"
#include "runbook/value.h"

namespace runbook::cli {

/// "runbook: deploy.lua:42: step 'push image' failed", what was attempted, the hint, the log lines that came with it.
/// `error` is an Error as an event carries it; `step` is the title of the step it ended, if any.
std::string show_error(const Value& error, std::string_view step, const Paint& paint);
std::string show_error(const Error& error, const Paint& paint);

/// A unified diff, indented, at most `most` lines of it (0: all).
std::string show_diff(std::string_view diff, std::string_view indent, std::size_t most, const Paint& paint);

/// "3 changed, 5 unchanged, 12.3 s".
std::string show_summary(const Value& run_end, const Paint& paint);

/// "key=value other=\"two words\"".
std::string show_fields(const Value& fields);

/// The lines of a text, without a last empty one.
std::vector<std::string> lines_of(std::string_view text);

}  // namespace runbook::cli

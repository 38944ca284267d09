// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace runbook {

/// A unified diff with three lines of context, from "--- before" on; empty where the texts are equal. Texts that are
/// not text, or differ in too much, are only said to differ. What a diff shows is safe for a terminal.
std::string unified_diff(std::string_view before, std::string_view after, std::string_view before_name,
                         std::string_view after_name);

}  // namespace runbook

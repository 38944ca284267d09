// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runbook {

/// One word of a POSIX shell's command line that means exactly these bytes, whatever they are: line breaks, quotes,
/// `$()`, a leading dash, invalid UTF-8, nothing at all. REQUIRES: no NUL byte, which no argument can hold.
std::string shell_quote(std::string_view word);

/// A command line that is these words.
std::string shell_command(const std::vector<std::string>& words);

}  // namespace runbook

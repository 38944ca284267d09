// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>

#include "host/ssh/config/config_line.h"

namespace runbook::ssh {

/// Replaces %-tokens (ssh_config(5), "TOKENS"): `tokens` has what each letter stands for. One that is not there is an
/// error.
Result<std::string> expand_tokens(const Said& said, const std::map<char, std::string>& tokens);

/// "~", "~/x" and ${HOME}. Another's home and other variables are errors: runbook knows neither.
Result<std::string> expand_home(const Said& said, const std::string& home);

}  // namespace runbook::ssh

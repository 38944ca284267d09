// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runbook/result.h"

namespace runbook::ssh {

/// Where a line stands: what every error of a configuration begins with.
struct Place {
  std::string file;
  int line = 0;

  Error error(std::string_view message, std::string hint = {}) const;
};

/// A value and where it was said: what is found wrong only at the end (an unknown %-token) is told with its line.
struct Said {
  std::string value;
  Place place;
};

struct ConfigLine {
  std::string keyword;  ///< as written; empty for an empty line and a comment
  std::vector<std::string> words;
};

/// Splits "Keyword=value 'two words' # comment" as ssh does (ssh_config(5)): one '=' may follow the keyword, both kinds
/// of quotes, and a backslash before a quote, a backslash or, outside quotes, a space.
Result<ConfigLine> split_config_line(std::string_view text, const Place& place);

std::optional<int> parse_port(std::string_view text);
/// 0 to 2147483647.
std::optional<int> parse_count(std::string_view text);
/// Seconds of "90", "1m30s", "2H" (sshd_config(5), "TIME FORMATS").
std::optional<double> parse_ssh_time(std::string_view text);

}  // namespace runbook::ssh

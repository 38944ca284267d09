// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace runbook::secrets {

/// A `.env` file, read strictly: what other readers understand differently is a problem, not a guess.
///
///   # comment
///   NAME=plain text          up to the end of the line or " #"; no quotes, "$", "`" or "\" in it
///   NAME='as it is'          on one line
///   NAME="with \n \t \" \\ \$"
///   export NAME=...          the word is ignored
struct Dotenv {
  std::map<std::string, std::string, std::less<>> values;
  std::vector<std::string> problems;  ///< "line 3: ..."; never with a value in it
};

Dotenv parse_dotenv(std::string_view text);

/// Whether it can be the name of an environment variable.
bool is_variable_name(std::string_view name);

}  // namespace runbook::secrets

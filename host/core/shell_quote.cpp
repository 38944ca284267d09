// SPDX-License-Identifier: Apache-2.0
#include "host/core/shell_quote.h"

namespace runbook {

// Always quoted: a list of characters that need none is one more thing to be wrong about.
std::string shell_quote(std::string_view word) {
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  out += '\'';
  return out;
}

std::string shell_command(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ' ';
    out += shell_quote(word);
  }
  return out;
}

}  // namespace runbook

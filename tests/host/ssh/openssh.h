// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace runbook {

/// What a shell command prints on standard output; its end does not matter.
inline std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = popen(("timeout 20 " + command).c_str(), "r");
  if (pipe == nullptr) return out;
  char buffer[4096];
  for (std::size_t count = 0; (count = fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, count);
  pclose(pipe);
  return out;
}

inline bool have_openssh() { return std::system("command -v ssh ssh-keygen >/dev/null 2>&1") == 0; }

}  // namespace runbook

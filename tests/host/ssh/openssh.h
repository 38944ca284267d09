// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "tests/support/sshd.h"

namespace runbook {

/// What a shell command prints on standard output; its end does not matter.
inline std::string output_of(const std::string& command) {
  std::string out;
  run_program({"/usr/bin/timeout", "20", "/bin/sh", "-c", "exec 2>/dev/null; " + command}, &out);
  return out;
}

inline bool have_openssh() { return run_program({"/bin/sh", "-c", "command -v ssh ssh-keygen"}) == 0; }

}  // namespace runbook

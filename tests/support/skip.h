// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/support/catch.h"

namespace runbook {
inline bool skips_are_failures() {
  const char* ci = std::getenv("CI");
  return ci && std::string_view(ci) == "true";
}
}  // namespace runbook

/// Ends a test case that cannot run here, for a reason (a string literal) that `./dev test` counts and shows. With
/// CI=true it fails.
#define RUNBOOK_SKIP(reason)                                             \
  do {                                                                   \
    if (runbook::skips_are_failures()) FAIL("cannot be skipped with CI=true: " reason); \
    std::printf("skipped: %s\n", reason);                                \
    std::fflush(stdout);                                                 \
    return;                                                              \
  } while (false)

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "runbook/world.h"

namespace runbook {

/// Which run it is, and which attempt at it: a service of the World, for what has to be known again by a resumed run where
/// it was left. A run without a journal has an identity that nobody comes back to.
struct RunIdentity {
  explicit RunIdentity(World&) {
    std::random_device source;
    run = "x" + std::to_string(source()) + std::to_string(source());
  }
  RunIdentity(std::string id, std::int64_t number) : run(std::move(id)), attempt(number) {}

  std::string run;
  std::int64_t attempt = 1;
};

}  // namespace runbook

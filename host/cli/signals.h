// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>

#include <array>

#include "runbook/host.h"

namespace runbook::cli {

/// While it lives, SIGINT, SIGTERM and SIGHUP interrupt the host: the first cancels the run, the second ends the process.
class Signals {
 public:
  explicit Signals(Host& host);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// The last one that came, or 0.
  static int last();

 private:
  static constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, 3> former_{};
};

}  // namespace runbook::cli

// SPDX-License-Identifier: Apache-2.0
//
// A transfer whose connection is lost goes on over a new one: a few times in succession, as long as it gets anywhere.
#pragma once

#include <cstdint>

#include "modules/machine/shell_run.h"

namespace runbook::machine {

class Tries {
 public:
  /// How much has arrived by now.
  void arrived(std::uint64_t bytes) {
    begun_ = true;
    if (bytes <= most_) return;
    most_ = bytes;
    row_ = 0;
  }
  /// Whether to try once more: after what was lost on the way, not what was refused. A machine that has never answered
  /// is not waited for.
  bool again_after(const Error& error) {
    const bool lost = error.code == "ssh.connection_lost" || (begun_ && error.retryable);
    return lost && ++row_ <= kMostInRow && ++all_ <= kMost;
  }
  /// Seconds to wait before the next one.
  double pause() const { return row_ >= 5 ? 4 : 0.125 * (1 << row_); }

 private:
  static constexpr int kMostInRow = 6, kMost = 50;
  std::uint64_t most_ = 0;
  int row_ = 0, all_ = 0;
  bool begun_ = false;
};

}  // namespace runbook::machine

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "runbook/gate.h"

namespace runbook {

/// How much one run may change; from `limits = { changes = 10, destroys = 1 }` or the command line.
struct BlastRadius {
  std::optional<int> max_changes;   ///< changes of any sort
  std::optional<int> max_destroys;  ///< those that lose something
  int changes = 0, destroys = 0;    ///< made by earlier attempts at the run
};

/// Stops a run before it does more than its author meant ("limit.blast_radius"). Composites do not count, what they
/// are made of does; what turns out to have changed nothing does not count either.
class BlastRadiusFilter final : public Filter {
 public:
  explicit BlastRadiusFilter(BlastRadius limits) : limits_(limits) {}

  Cancel apply(EffectCall& call, Next next, Done done) override;
  /// From now on nothing counts: what follows is undoing.
  void stand_aside() { aside_ = true; }

 private:
  BlastRadius limits_;
  bool aside_ = false;
};

}  // namespace runbook

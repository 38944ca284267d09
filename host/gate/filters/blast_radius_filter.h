// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "runbook/gate.h"

namespace runbook {

/// How much one run may change; from `limits = { destroys = 1 }` or the command line.
struct BlastRadius {
  std::optional<int> max_changes;   ///< changes of any sort
  std::optional<int> max_destroys;  ///< those that lose something
};

/// Stops a run before it does more than its author meant ("limit.blast_radius"). Composites do not count, what they
/// are made of does.
class BlastRadiusFilter final : public Filter {
 public:
  explicit BlastRadiusFilter(BlastRadius limits) : limits_(limits) {}

  Cancel apply(EffectCall& call, Next next, Done done) override;

 private:
  BlastRadius limits_;
  int changes_ = 0;
  int destroys_ = 0;
};

}  // namespace runbook

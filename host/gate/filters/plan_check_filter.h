// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "host/gate/plan.h"

namespace runbook {

/// Holds a run to a plan: the first change that is not the next planned one of its step is stopped ("plan.mismatch").
/// Steps may run in parallel, so their order among each other is not compared. A composite that was planned as a
/// whole, because its arguments were not known, may do what it is made of.
class PlanCheckFilter final : public Filter {
 public:
  explicit PlanCheckFilter(Plan plan);

  Cancel apply(EffectCall& call, Next next, Done done) override;

  /// It is the next planned change of its step.
  bool expects(const EffectCall& call) const;
  /// What was planned and has not happened.
  std::vector<PlannedEffect> left() const;

 private:
  Error mismatch(const EffectCall& call, const PlannedEffect* planned) const;

  Plan plan_;
  std::map<std::string, std::vector<std::size_t>> steps_;  ///< the effects of each step, the next one last
  std::set<std::uint64_t> approved_;                       ///< composites that were planned as a whole
};

}  // namespace runbook

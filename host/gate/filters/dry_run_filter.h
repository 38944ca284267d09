// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>

#include "host/gate/plan.h"

namespace runbook {

/// Lets reads through and holds changes back, noting each in the plan. A held-back change gives what its operation can
/// predict, or an unknown; a read of what such a change would have touched gives an unknown, because what it would
/// see is no longer true. A call with unknown arguments is not performed, nor is one that is withheld. Other
/// composites go through: what they are made of comes here too.
class DryRunFilter final : public Filter {
 public:
  explicit DryRunFilter(std::shared_ptr<Plan> plan) : plan_(std::move(plan)) {}

  Cancel apply(EffectCall& call, Next next, Done done) override;

 private:
  void hold_back(const EffectCall& call);
  bool is_touched(const EffectCall& call) const;

  // What held-back changes touch, so that a read of thousands finds its own at once.
  using Objects =
      std::tuple<std::string, std::string, bool, std::string>;  // kind, target, whether there is a verb, its noun
  std::shared_ptr<Plan> plan_;
  std::set<std::string, std::less<>> written_;        ///< paths
  std::map<Objects, std::set<std::string>> changed_;  ///< names; an empty one is any
};

}  // namespace runbook

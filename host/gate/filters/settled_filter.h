// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <set>
#include <utility>

#include "host/journal/read_twin.h"
#include "runbook/gate.h"

namespace runbook {

/// For plans: a change that would change nothing, as the operation's probe tells (Operation::settles), gives its result
/// here, and is neither planned nor counted. Whatever cannot be seen yet is a change.
class SettledFilter final : public Filter {
 public:
  /// Whether the plan that is performed has this call: then it is made, whatever has come about meanwhile.
  using Planned = std::function<bool(const EffectCall& call)>;
  explicit SettledFilter(Gate& gate, Planned planned = {}) : gate_(gate), planned_(std::move(planned)) {}
  Cancel apply(EffectCall& call, Next next, Done done) override;

 private:
  bool may_have_been_changed(const EffectCall& call) const;
  void remember(const EffectCall& call);

  Gate& gate_;
  Planned planned_;
  journal::ReadTwins twins_;
  bool programs_ = false;  ///< some will have run: they change what they like
  std::set<std::pair<std::string, std::string>> images_;  ///< targets at which some will have changed, by whatever name
};

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/journal/read_twin.h"
#include "runbook/gate.h"

namespace runbook {

/// For plans: a change that would change nothing, as the operation's probe tells (Operation::settles), gives its result
/// here, and is neither planned nor counted. Whatever cannot be seen yet is a change.
class SettledFilter final : public Filter {
 public:
  explicit SettledFilter(Gate& gate) : gate_(gate) {}
  Cancel apply(EffectCall& call, Next next, Done done) override;

 private:
  Gate& gate_;
  journal::ReadTwins twins_;
};

}  // namespace runbook

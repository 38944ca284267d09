// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runbook/gate.h"

namespace runbook {

/// Gives every effect a deadline: the call's own timeout, or else its operation's (none where that is zero). When it
/// passes, the effect is cancelled and gives "<module>.timeout".
class DeadlineFilter final : public Filter {
 public:
  explicit DeadlineFilter(Loop& loop) : loop_(loop) {}

  Cancel apply(EffectCall& call, Next next, Done done) override;

 private:
  Loop& loop_;
};

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runbook/gate.h"

namespace runbook {

/// Breaks a run at one of its changes, for tests: the change fails, or the run stops dead there. Composites do not
/// count. Where it stands among the filters decides what has been noted by then: outside the journal nothing of the
/// effect, inside it the intent.
class FaultFilter final : public Filter {
 public:
  enum class When {
    kFailBefore,  ///< the change is not made and gives "fault.injected"
    kFailAfter,   ///< the change is made and gives "fault.injected"
    kStopBefore,  ///< stop() is called instead of making the change
    kStopAfter,   ///< stop() is called when the change was made, before anyone knows
  };
  /// `change` counts from 1; 0 breaks nothing. `stop` ends the process, or returns and leaves the call without an answer.
  FaultFilter(When when, int change, std::function<void()> stop = {});

  Cancel apply(EffectCall& call, Next next, Done done) override;

  /// A change that came by.
  struct Change {
    std::string operation, description, step, where;
  };
  const std::vector<Change>& changes() const { return seen_; }

 private:
  When when_;
  int change_;
  std::function<void()> stop_;
  std::vector<Change> seen_;
};

}  // namespace runbook

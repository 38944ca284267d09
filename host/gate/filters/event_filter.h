// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "runbook/gate.h"

namespace runbook {

/// Tells what happens: "effect.start", "effect.end" and, for what an effect reports on its way, "output" (a line) or
/// "progress". Every effect is told, reads and composites too; whoever shows them chooses. The sink redacts.
///
/// An effect that was cancelled ends with state "cancelled". In a dry run what would have changed ends as "planned".
class EventFilter final : public Filter {
 public:
  using Sink = std::function<void(Value event)>;
  struct Options {
    std::string run;              ///< the run's id, part of every event
    bool dry_run = false;
    std::function<double()> now;  ///< Unix seconds; empty: the system's clock
  };
  EventFilter(Sink sink, Options options);

  Cancel apply(EffectCall& call, Next next, Done done) override;

 private:
  struct Teller;
  std::shared_ptr<Teller> teller_;
};

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
//
// After a crash: what became of an effect that was begun and is not known to be finished.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/journal/read_twin.h"
#include "host/journal/reader.h"
#include "runbook/gate.h"

namespace runbook::journal {

enum class Outcome {
  kDone,     ///< it happened
  kNotDone,  ///< it did not happen, or doing it again is safe
  kUnknown,  ///< nobody can tell but the step's `check` or a person
};

struct Decision {
  Outcome outcome = Outcome::kUnknown;
  Value result;         ///< with kDone: what the probe says that the call would have returned, or null
  std::string because;  ///< for people: "it is there", "docker.exec cannot tell whether it happened"
};

class Recovery {
 public:
  /// Probes go through the gate as reads, so they need the permissions that the effect had.
  explicit Recovery(Gate& gate) : gate_(gate) {}

  /// `operation` is the one that the effect names, null where the program has none of that name.
  Cancel decide(const EffectRecord& effect, const Operation* operation, Callback<void(Decision)> done);

 private:
  Gate& gate_;
  ReadTwins twins_;
};

/// The effects of a started step to decide about: those unfinished, but for what was going on inside an `_ensure`,
/// which is decided as a whole.
std::vector<const EffectRecord*> undecided(const Run& run, std::string_view step);

}  // namespace runbook::journal

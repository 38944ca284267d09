// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "host/journal/reader.h"
#include "host/journal/recovery.h"
#include "host/run/steps.h"
#include "runbook/gate.h"
#include "runbook/module.h"

namespace runbook {

/// Answers changes that an earlier attempt of the run has made already, so that a step which broke off in the middle goes on
/// from there. A change is known by its step, its operation and its arguments. Whether one that was begun has happened
/// is read from the world by the operation's probe; where it has none, the step must be idempotent, or a person
/// decides ("resume.unknown").
class ResumeFilter final : public Filter {
 public:
  ResumeFilter(Gate& gate, const journal::Run& previous, const Steps& steps, Mode mode);

  Cancel apply(EffectCall& call, Next next, Done done) override;
  /// From now on every change is made: what follows is undoing.
  void stand_aside() { aside_ = true; }

 private:
  const journal::EffectRecord* take(const EffectCall& call);

  Gate& gate_;
  journal::Recovery recovery_;
  const Steps& steps_;
  Mode mode_;
  bool aside_ = false;
  using Records = std::multimap<std::string, const journal::EffectRecord*>;
  void drop_superseded();
  std::string origin_of(const journal::EffectRecord& effect) const;

  Records records_;  ///< by step, operation and arguments
  std::map<const journal::EffectRecord*, std::string> origins_;  ///< "ATTEMPT.ID" of what it went on with
};

}  // namespace runbook

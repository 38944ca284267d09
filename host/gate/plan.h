// SPDX-License-Identifier: Apache-2.0
//
// What a dry run found that a run would do: the changes in order, each with everything that decides what it does, so
// that a run of the plan can be held to it.
#pragma once

#include <string>
#include <vector>

#include "runbook/gate.h"

namespace runbook {

struct PlannedEffect {
  std::string operation;
  std::string effect;       ///< "change" or "destroy"
  std::string description;
  std::string step;
  std::string where;
  std::string diff;
  std::vector<Access> access;
  Value args;               ///< as plan_args() writes them
};

/// Arguments as a plan keeps them: an unknown is {"$unknown": origin} and stands for any value, a secret is
/// {"$secret": name}, and a text over 4 KiB is {"$sha256": digest, "bytes": n}.
Value plan_args(const Value& args);

/// Whether a call's arguments (as plan_args() writes them) are what was planned.
bool plan_args_match(const Value& planned, const Value& actual);

class Plan {
 public:
  void add(PlannedEffect effect) { effects_.push_back(std::move(effect)); }
  /// The plan goes no further than here: what follows depends on a change that was not made.
  void end(std::string where, std::string because);

  const std::vector<PlannedEffect>& effects() const { return effects_; }
  bool complete() const { return ended_because_.empty(); }
  const std::string& ended_where() const { return ended_where_; }
  const std::string& ended_because() const { return ended_because_; }

  /// SHA-256 of what would be done. Two dry runs of the same procedure against the same state agree, also where their
  /// parallel steps came in another order.
  std::string hash() const;

  /// {schema = 1, effects = [...], hash = "...", end = {where, because}?}, for a file.
  Value to_value() const;
  /// Refuses what is no plan, and one whose effects do not have its hash ("plan.invalid").
  static Result<Plan> from_value(const Value& value);

 private:
  std::vector<PlannedEffect> effects_;
  std::string ended_where_;
  std::string ended_because_;
};

/// What a call would do, for a plan.
PlannedEffect planned_effect(const EffectCall& call);

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "host/gate/permissions.h"
#include "runbook/gate.h"

namespace runbook {

/// Refuses what the permissions do not cover. An operation inside a composite is covered where it touches what the
/// composite was allowed to touch (EffectCall::covered, filled in by whoever runs composites); a denial holds inside
/// composites too.
class PermissionFilter final : public Filter {
 public:
  enum class Mode {
    kEnforce,
    kLifted,   ///< lets everything through: for a test's own calls, while there is nothing real to touch
    kPropose,  ///< in a dry run: what is not granted is withheld, and the plan goes on (see EffectCall::withheld)
  };
  explicit PermissionFilter(std::shared_ptr<const Permissions> permissions, Mode mode = Mode::kEnforce)
      : permissions_(std::move(permissions)), mode_(mode) {}

  Cancel apply(EffectCall& call, Next next, Done done) override;
  void set_mode(Mode mode) { mode_ = mode; }

  /// What the calls asked for, refused ones included, without what composites cover: see propose().
  const std::vector<Access>& touched() const { return touched_; }
  /// How many reads were withheld: what depends on them was not seen.
  int withheld_reads() const { return withheld_reads_; }

 private:
  void remember(const Access& access);

  std::shared_ptr<const Permissions> permissions_;
  Mode mode_;
  std::vector<Access> touched_;
  std::set<std::tuple<std::string, std::string, std::string, std::string>>
      known_;  ///< of them: kind, target, verb, name
  int withheld_reads_ = 0;
};

}  // namespace runbook

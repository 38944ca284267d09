// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/gate/recording.h"
#include "runbook/gate.h"

namespace runbook {

/// Answers from a recording in place of the world: equal calls get their answers in the order in which they were
/// recorded. A call that is not in it gives "replay.mismatch" and says what is different from the next one that is.
class ReplayFilter final : public Filter {
 public:
  ReplayFilter(std::vector<Value> entries, std::shared_ptr<Redactor> redactor);

  Cancel apply(EffectCall& call, Next next, Done done) override;

  /// The error for a call that was not recorded; `nearest`: the arguments to compare with, or null for the next ones of
  /// the same operation.
  Error refuse(const EffectCall& call, const Value& nearest = {});
  /// The first call that was not in it, also where the script has caught the error.
  const std::optional<Error>& first_mismatch() const { return first_mismatch_; }
  /// The recorded calls that were not asked for, as "operation {args}".
  std::vector<std::string> left() const;

 private:
  Error mismatch(const EffectCall& call, const Value& args, const Value& other) const;

  struct Answers {
    std::vector<std::size_t> left;  ///< entries, the next one last
    int given = 0;
  };
  std::optional<Error> first_mismatch_;
  std::vector<Value> entries_;
  std::map<std::string, Answers> calls_;  ///< by operation and arguments
  std::shared_ptr<Redactor> redactor_;
};

}  // namespace runbook

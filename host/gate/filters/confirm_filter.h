// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runbook/gate.h"

namespace runbook {

/// Asks before each effect that loses something, one question at a time.
class ConfirmFilter final : public Filter {
 public:
  /// Puts a question to a person: "remove container 'web-blue'".
  using Ask = std::function<Cancel(std::string question, Callback<void(bool)> answer)>;

  /// Without `ask` nobody is there: what would be asked gives "confirm.missing".
  explicit ConfirmFilter(Ask ask, bool yes = false);

  Cancel apply(EffectCall& call, Next next, Done done) override;

  /// From now on takes every answer as yes: `--yes`, and undoing, which the failed run has already called for.
  void set_yes(bool yes) { yes_ = yes; }

 private:
  struct Desk;
  std::shared_ptr<Desk> desk_;
  bool yes_;
};

}  // namespace runbook

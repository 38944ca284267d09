// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "host/core/redactor.h"
#include "runbook/gate.h"

namespace runbook {

/// Removes known secrets from what an effect reports: its errors, with their causes, and its events. Its result stays:
/// the script may need it, and secrets in it, which are known from then on, are removed where it is shown or kept.
class RedactionFilter final : public Filter {
 public:
  explicit RedactionFilter(std::shared_ptr<Redactor> redactor) : redactor_(std::move(redactor)) {}

  Cancel apply(EffectCall& call, Next next, Done done) override;

 private:
  std::shared_ptr<Redactor> redactor_;
};

}  // namespace runbook

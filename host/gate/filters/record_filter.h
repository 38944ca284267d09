// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "host/gate/recording.h"
#include "runbook/gate.h"

namespace runbook {

/// Writes down every effect that reaches the world and what it gave, for replay_filter.h. Composites are made of
/// others and are not written. Every secret that passes through is added to what `redactor` knows.
class RecordFilter final : public Filter {
 public:
  using Sink = std::function<void(std::string line)>;  ///< one line, with its line end
  RecordFilter(std::shared_ptr<Redactor> redactor, Sink sink) : redactor_(std::move(redactor)), sink_(std::move(sink)) {}

  Cancel apply(EffectCall& call, Next next, Done done) override;

 private:
  struct Recording;
  void write(Recording& recording);

  std::shared_ptr<Redactor> redactor_;
  Sink sink_;
};

}  // namespace runbook

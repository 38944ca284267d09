// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/fault_filter.h"

#include "host/core/text.h"

namespace runbook {
namespace {

Error injected(const EffectCall& call, int change) {
  return Error("fault.injected", cat(call.describe(), ": made to fail, as change ", change, " of the run"));
}

}  // namespace

FaultFilter::FaultFilter(When when, int change, std::function<void()> stop)
    : when_(when), change_(change), stop_(std::move(stop)) {}

Cancel FaultFilter::apply(EffectCall& call, Next next, Done done) {
  if (call.composite() || call.operation->effect == Effect::kRead) return next(std::move(done));
  seen_.push_back({call.operation->name, call.describe(), call.step, call.where});
  if (static_cast<int>(seen_.size()) != change_) return next(std::move(done));
  switch (when_) {
    case When::kFailBefore:
      done(injected(call, change_));
      return {};
    case When::kFailAfter:
      return next([&call, change = change_, done = std::move(done)](Result<Value>) mutable { done(injected(call, change)); });
    case When::kStopBefore:
      if (stop_) stop_();
      return [held = std::move(done)] {};
    case When::kStopAfter:
      // The call stays open after its effect: only its Cancel lets go of it.
      auto held = std::make_shared<Done>(std::move(done));
      Cancel cancel = next([stop = stop_](Result<Value>) {
        if (stop) stop();
      });
      return [held, cancel = std::move(cancel)]() mutable { cancel(); };
  }
  return {};
}

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/deadline_filter.h"

#include <cmath>
#include <string_view>

#include "host/core/text.h"

namespace runbook {
namespace {

constexpr double kHeadStart = 0.5;

// The effect and its timer: whichever is first settles the call and stops the other.
struct Race {
  Done done;
  Cancel effect;
  Cancel timer;
  bool over = false;

  void end() {
    over = true;
    effect.reset();
    timer.reset();
  }
};

Error timed_out(const EffectCall& call, double timeout) {
  const std::string_view operation = call.operation->name;
  const std::string line = call.describe();
  const std::string what = line.starts_with(operation) ? line : cat(operation, ": ", line);
  return Error(cat(operation.substr(0, operation.find('.')), ".timeout"),
               cat(what, ": not done within ", show_duration(timeout)),
               "where it may take longer, give it more with the option 'timeout'")
      .with("seconds", to_json(timeout))
      .retry();
}

}  // namespace

Cancel DeadlineFilter::apply(EffectCall& call, Next next, Done done) {
  const double timeout = call.timeout > 0 ? call.timeout : call.operation->timeout;
  if (!(timeout > 0) || !std::isfinite(timeout)) return next(std::move(done));

  auto race = std::make_shared<Race>();
  race->done = std::move(done);
  Cancel effect = next([race](Result<Value> result) {
    if (race->over) return;
    Cancel timer = std::move(race->timer);
    Done settle = std::move(race->done);
    race->end();
    timer();
    settle(std::move(result));
  });
  if (race->over) return {};
  race->effect = std::move(effect);
  // The callback held in `race` keeps the call alive.
  // An operation that knows of its timeout can say more about what it waited for: it goes first.
  const double head_start = call.args.has("timeout") ? kHeadStart : 0;
  race->timer = loop_.after(seconds(timeout + head_start), [race, &call, timeout] {
    if (race->over) return;
    Error error = timed_out(call, timeout);
    Cancel cancel = std::move(race->effect);
    Done settle = std::move(race->done);
    race->end();
    cancel();
    settle(std::move(error));
  });
  return [race] {
    if (race->over) return;
    Cancel cancel = std::move(race->effect), timer = std::move(race->timer);
    race->end();
    timer();
    cancel();
    race->done.reset();
  };
}

}  // namespace runbook

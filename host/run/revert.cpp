// SPDX-License-Identifier: Apache-2.0
//
// Putting back what effects changed, newest first, from the state that was captured before each: those of a step whose
// undo is rb.revert, and those outside any step, each of which is its own.
#include <algorithm>

#include "host/core/text.h"
#include "host/journal/recovery.h"
#include "host/run/run.h"
#include "host/run/standing.h"

namespace runbook {

const Operation* find_operation(const std::vector<const Module*>& modules, std::string_view name) {
  for (const Module* module : modules) {
    for (const Export& exported : module->exports) {
      if (exported.operation && name == exported.operation->name) return exported.operation;
    }
  }
  return nullptr;
}

struct Run::Revert {
  std::string step;
  std::vector<journal::EffectRecord> left;  // the next one last
  Done done;
  Cancel under_way;
  int stage = 0;

  // A stage may be over, and the next one begun, before the call that began it returns: its Cancel is of no use then.
  template <class Begin>
  void begin(Begin begin_stage) {
    const int number = ++stage;
    Cancel cancel = begin_stage();
    if (stage == number) under_way = std::move(cancel);
  }
};

std::vector<journal::EffectRecord> Run::all_effects() const {
  std::vector<journal::EffectRecord> effects;
  if (previous_) effects = previous_->effects;
  effects.insert(effects.end(), made_.begin(), made_.end());
  return effects;
}

Cancel Run::revert_step(const std::string& path, Done done) {
  auto revert = std::make_shared<Revert>();
  revert->step = path;
  revert->left = standing_changes(all_effects(), path);
  revert->done = std::move(done);
  return revert_all(std::move(revert));
}

// Where a change stands between the steps is told by the clock: steps and changes side by side have no other order.
Cancel Run::revert_newer(const std::optional<std::string>& path, Done done) {
  const double since = path ? steps_->ended(*path) : 0;
  const auto older = [&](const journal::EffectRecord& effect) {
    return (effect.finished() ? effect.ended : effect.started) < since;
  };
  auto revert = std::make_shared<Revert>();
  const auto newer = std::stable_partition(outside_.begin(), outside_.end(), older);
  revert->left.assign(newer, outside_.end());
  outside_.erase(newer, outside_.end());
  revert->done = std::move(done);
  return revert_all(std::move(revert));
}

Cancel Run::revert_all(std::shared_ptr<Revert> revert) {
  revert_next(revert);
  return [revert] {
    revert->done.reset();
    if (revert->under_way) revert->under_way();
  };
}

void Run::revert_next(const std::shared_ptr<Revert>& revert) {
  while (!revert->left.empty()) {
    const journal::EffectRecord effect = std::move(revert->left.back());
    revert->left.pop_back();
    const Operation* operation = find_operation(modules_, effect.operation);
    const bool composite = operation && !operation->perform;
    if (composite) continue;  // what it was made of is on record itself
    const bool readable = !effect.args_lossy || effect.before["without_secrets"].as_bool();
    const bool possible = operation && operation->revert && !effect.before_lossy && readable;
    if (effect.finished()) {
      if (possible) return revert_one(revert, effect, operation);
      cannot_put_back(effect, "");
      continue;
    }
    // It was begun, and the run broke off.
    revert->begin([&] {
      return recovery_.decide(effect, operation,
                              [this, revert, effect, operation, possible](const journal::Decision& decision) {
                                if (decision.outcome == journal::Outcome::kDone && possible)
                                  return revert_one(revert, effect, operation);
                                if (decision.outcome != journal::Outcome::kNotDone)
                                  cannot_put_back(effect, decision.because);
                                revert_next(revert);
                              });
    });
    return;
  }
  revert->done(Value());
}

void Run::cannot_put_back(const journal::EffectRecord& effect, const std::string& because) {
  const std::string what = cat(effect.operation, " (", effect.where, because.empty() ? "" : "; ", because, ")");
  not_put_back_.push_back(what);
  events_.emit(Value::object(
      {{"event", "log"}, {"level", "warn"}, {"message", cat("cannot be put back: ", what)}, {"step", effect.step}}));
}

void Run::revert_one(const std::shared_ptr<Revert>& revert, const journal::EffectRecord& effect,
                     const Operation* operation) {
  EffectCall call;
  call.operation = operation;
  call.args = effect.args;
  call.args.set("before", effect.before);
  call.step = revert->step;
  call.where = effect.where;
  call.reverting = true;
  call.body = [operation](Invocation invocation, Done done) {
    return operation->revert(std::move(invocation), std::move(done));
  };
  revert->begin([&] {
    return gate_.run(std::move(call), [this, revert](Result<Value> result) {
      if (!result) return revert->done(std::move(result));
      // From the loop, so that a long list does not become a deep stack.
      revert->begin([&] { return loop_.post([this, revert] { revert_next(revert); }); });
    });
  });
}

}  // namespace runbook

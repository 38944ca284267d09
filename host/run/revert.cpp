// SPDX-License-Identifier: Apache-2.0
//
// Putting back what a step's effects changed, newest first, from the state that was captured before each.
#include <algorithm>

#include "host/core/text.h"
#include "host/run/run.h"

namespace runbook {
namespace {

const Operation* find_operation(const std::vector<const Module*>& modules, const std::string& name) {
  for (const Module* module : modules) {
    for (const Export& exported : module->exports) {
      if (exported.operation && name == exported.operation->name) return exported.operation;
    }
  }
  return nullptr;
}

}  // namespace

struct Run::Revert {
  std::string step;
  std::vector<journal::EffectRecord> left;  // the next one last
  Done done;
  Cancel under_way;
};

Cancel Run::revert_step(const std::string& path, Done done) {
  auto revert = std::make_shared<Revert>();
  revert->step = path;
  revert->done = std::move(done);
  const auto add = [&](const journal::EffectRecord& effect) {
    if (effect.step == path && effect.state == journal::State::kDone && effect.changed) revert->left.push_back(effect);
  };
  if (previous_) {
    for (const journal::EffectRecord& effect : previous_->effects) add(effect);
  }
  for (const journal::EffectRecord& effect : made_) add(effect);
  // Only this once: a second undo of the step finds nothing left.
  made_.erase(std::remove_if(made_.begin(), made_.end(), [&](const auto& effect) { return effect.step == path; }), made_.end());
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
    if (!operation || !operation->revert || effect.before_lossy || effect.args_lossy) {
      not_put_back_.push_back(cat(effect.operation, " (", effect.where, ")"));
      events_.emit(Value::object({{"event", "log"},
                                  {"level", "warn"},
                                  {"message", cat("cannot be put back: ", effect.operation, " (", effect.where, ")")},
                                  {"step", revert->step}}));
      continue;
    }
    EffectCall call;
    call.operation = operation;
    call.args = effect.args;
    call.args.set("before", effect.before);
    call.step = revert->step;
    call.where = effect.where;
    call.reverting = true;
    call.body = [operation](Invocation invocation, Done done) { return operation->revert(std::move(invocation), std::move(done)); };
    revert->under_way = gate_.run(std::move(call), [this, revert](Result<Value> result) {
      revert->under_way.reset();
      if (!result) return revert->done(std::move(result));
      // From the loop, so that a long list does not become a deep stack.
      revert->under_way = loop_.post([this, revert] { revert_next(revert); });
    });
    return;
  }
  revert->done(Value());
}

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
#include "runbook/gate.h"

#include <utility>

#include "host/core/text.h"
#include "runbook/target_ways.h"

namespace runbook {

std::string EffectCall::describe() const {
  std::string line = reverting ? "revert: " : "";
  if (operation->describe) return line + operation->describe(args);
  line += operation->name;
  for (const Access& access : access()) {
    const std::string& object = access.name.empty() ? access.target : access.name;
    if (!object.empty()) return line + " '" + object + "'";
  }
  return line;
}

const std::vector<Access>& EffectCall::access() const {
  if (touched) return *touched;
  touched = operation->access(*world, args);
  const TargetWay way = args.has("target") ? world->service<TargetWays>().find(operation->name) : nullptr;
  if (way) {
    for (Access& access : way(*world, args["target"])) touched->push_back(std::move(access));
  }
  return *touched;
}

bool EffectCall::changed(const Value& result) const {
  if (composite()) return changes && *changes > 0;
  return operation->effect != Effect::kRead && result["changed"].as_bool(true);
}

Gate::Gate(Loop& loop) : loop_(loop), real_(new World(loop)) {}
Gate::~Gate() = default;

void Gate::add(std::shared_ptr<Filter> filter) { filters_.push_back(std::move(filter)); }

void Gate::close() { real_.reset(new World(loop_)); }

void Gate::set_world(std::shared_ptr<World> world) { simulated_ = std::move(world); }

std::shared_ptr<World> Gate::make_world(Loop& loop) { return std::shared_ptr<World>(new World(loop)); }

Cancel Gate::run(EffectCall call, Done done) {
  call.id = ++last_id_;
  aim(call);
  return step(std::make_shared<EffectCall>(std::move(call)), 0, std::move(done));
}

Cancel Gate::step(std::shared_ptr<EffectCall> call, std::size_t index, Done done) {
  if (index < filters_.size()) {
    EffectCall& effect = *call;
    Next next = [this, call, index](Done inner) { return step(call, index + 1, std::move(inner)); };
    return filters_[index]->apply(effect, std::move(next), [call, index, done = std::move(done)](Result<Value> result) mutable {
      const std::shared_ptr<EffectCall> settled = call;
      const bool is_last = index == 0;
      done(std::move(result));
      if (is_last && settled->once_recorded) std::exchange(settled->once_recorded, nullptr)();
    });
  }
  if (call->rehearsal) {
    done(Error("internal", cat(call->operation->name, ": a rehearsed call came to the world")));
    return {};
  }
  // Only a dry run may let it come in here, and that does not hand it on.
  if (call->withheld) {
    done(Error("permission.denied", cat(call->operation->name, ": not permitted")));
    return {};
  }
  Invocation invocation{*call->world, call->args, call->on_event, call->access(), call->id, call->continues};
  if (call->operation->effect != Effect::kRead) {
    invocation.once_recorded = [held = std::weak_ptr<EffectCall>(call)](std::function<void()> then) {
      if (const auto alive = held.lock()) alive->once_recorded = std::move(then);
    };
  }
  if (call->body) return call->body(std::move(invocation), std::move(done));
  return call->operation->perform(std::move(invocation), [call, done = std::move(done)](Result<Value> result) mutable {
    done(std::move(result));
  });
}

}  // namespace runbook

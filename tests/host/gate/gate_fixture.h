// SPDX-License-Identifier: Apache-2.0
// A bare gate with made-up operations, for tests of filters.
#pragma once

#include <string>
#include <vector>

#include "runbook/gate.h"
#include "tests/support/catch.h"

namespace runbook::gate_test {

/// What reached the world, in order.
inline std::vector<std::string>& performed() {
  static std::vector<std::string> names;
  return names;
}

inline std::vector<Access> box_access(const Value& args, const char* verb) {
  return {{"box", "unix:///box", verb, args["name"].as_string()}};
}

inline Cancel echo(const char* name, Invocation& call, Done& done) {
  performed().push_back(name);
  const Value answer = Value::object({{"from", name}, {"args", call.args}});
  return call.world.loop().post([done = std::move(done), answer]() mutable { done(answer); });
}

inline const Operation kGet{
    "box.item_get", Effect::kRead, {}, [](World&, const Value& args) { return box_access(args, "item.get"); },
    [](Invocation call, Done done) { return echo("get", call, done); }};
inline const Operation kList{
    "box.item_list", Effect::kRead, {}, [](World&, const Value&) { return box_access({}, "item.list"); },
    [](Invocation call, Done done) { return echo("list", call, done); }};
inline const Operation kCreate{
    "box.item_create", Effect::kChange, {}, [](World&, const Value& args) { return box_access(args, "item.create"); },
    [](Invocation call, Done done) { return echo("create", call, done); }};
inline const Operation kRemove{
    "box.item_remove", Effect::kDestroy, {}, [](World&, const Value& args) { return box_access(args, "item.remove"); },
    [](Invocation call, Done done) { return echo("remove", call, done); }};
inline const Operation kFail{
    "box.item_break", Effect::kChange, {}, [](World&, const Value& args) { return box_access(args, "item.break"); },
    [](Invocation call, Done done) {
      performed().push_back("break");
      return call.world.loop().post([done = std::move(done)]() mutable { done(Error("box.broken", "it broke")); });
    }};
/// Never answers; counts how often it was cancelled.
inline int cancelled = 0;
inline const Operation kHang{
    "box.item_wait", Effect::kRead, {}, [](World&, const Value& args) { return box_access(args, "item.wait"); },
    [](Invocation, Done done) -> Cancel {
      performed().push_back("wait");
      return [held = std::move(done)] { ++cancelled; };
    }, 0.02};
inline const Operation kEnsure{
    "box.item_ensure", Effect::kChange, {}, [](World&, const Value& args) { return box_access(args, "item.ensure"); }, nullptr};

struct Bench {
  Bench() {
    performed().clear();
    cancelled = 0;
  }
  ~Bench() { gate.close(); }

  Result<Value> run(const Operation& operation, Value args = Value::Object{}) {
    EffectCall call;
    call.operation = &operation;
    call.args = std::move(args);
    return run(std::move(call));
  }
  Result<Value> run(EffectCall call) {
    std::unique_ptr<Result<Value>> out;
    int times = 0;
    Cancel cancel = gate.run(std::move(call), [&](Result<Value> result) {
      ++times;
      out = std::make_unique<Result<Value>>(std::move(result));
    });
    while (!out && loop.turn()) {
    }
    REQUIRE(out);
    REQUIRE(times == 1);
    return std::move(*out);
  }
  /// Starts a call, cancels it, and lets the loop run dry: nothing may arrive.
  void run_and_cancel(EffectCall call) {
    bool arrived = false;
    Cancel cancel = gate.run(std::move(call), [&](Result<Value>) { arrived = true; });
    cancel();
    while (loop.turn()) {
    }
    REQUIRE_FALSE(arrived);
  }

  Loop loop;
  Gate gate{loop};
};

inline EffectCall call_of(const Operation& operation, Value args = Value::Object{}) {
  EffectCall call;
  call.operation = &operation;
  call.args = std::move(args);
  return call;
}

inline Value named(const std::string& name) { return Value::object({{"name", name}}); }

}  // namespace runbook::gate_test

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "runbook/module.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_world.h"

namespace runbook::machine {

extern const Module kModule;

/// This computer's machine (or what else target() says), called by the names of its operations.
class Machine {
 public:
  const Operation& operation(const std::string& name) const {
    for (const Export& exported : kModule.exports) {
      if (exported.lua_name == name) return *exported.operation;
    }
    FAIL("no operation " + name);
    return *kModule.exports[0].operation;
  }
  Result<Value> call(const std::string& name, Value args) { return act(operation(name).perform, std::move(args)); }
  Result<Value> act(Cancel (*phase)(Invocation, Done), Value args) {
    REQUIRE(phase);
    return world_.wait([&](Done done) { phase(invocation(std::move(args)), std::move(done)); });
  }
  std::vector<Access> access(const std::string& name, Value args) {
    args.set("target", target_);
    return operation(name).access(world_.world(), args);
  }
  /// With what the gate would have let it touch at the time of asking.
  Invocation invocation(Value args) {
    args.set("target", target_);
    return {world_.world(), std::move(args), on_event, allowed};
  }
  Value& target() { return target_; }
  TestWorld& world() { return world_; }

  std::function<void(Value)> on_event;
  std::vector<Access> allowed;

 protected:
  Value target_ = Value::object({{"kind", "local"}});

 private:
  TestWorld world_;
};

inline Value secret(const std::string& text) { return Value::Secret{text, "TEST"}; }

}  // namespace runbook::machine

// SPDX-License-Identifier: Apache-2.0
// A World for tests of module clients, which otherwise only the gate can make; and a loop that waits for one result.
#pragma once

#include "runbook/operation.h"
#include "tests/support/catch.h"

namespace runbook {

class TestWorld {
 public:
  World& world() { return world_; }
  Loop& loop() { return loop_; }

  /// Runs the loop until the operation has called its callback.
  template <class Start>
  Result<Value> wait(Start start) {
    std::unique_ptr<Result<Value>> out;
    start([&](Result<Value> result) { out = std::make_unique<Result<Value>>(std::move(result)); });
    while (!out && loop_.turn()) {
    }
    REQUIRE(out);
    return std::move(*out);
  }

  /// Performs an operation as the gate would after every filter let it through.
  Result<Value> perform(const Operation& operation, Value args) {
    return wait([&](Done done) { operation.perform({world_, std::move(args), {}}, std::move(done)); });
  }

 private:
  Loop loop_;
  World world_{loop_};
};

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
// For tests on a real engine: one engine for the program, its operations, and an image to make containers from.
#pragma once

#include "modules/docker/operations.h"
#include "runbook/value.h"
#include "tests/support/private_engine.h"
#include "tests/support/skip.h"
#include "tests/support/test_world.h"

namespace runbook::docker {

class Live {
 public:
  Result<Value> attempt(const Operation& operation, Value args) {
    args.set("target", private_engine());
    return world_.perform(operation, std::move(args));
  }
  Value perform(const Operation& operation, Value args) {
    auto result = attempt(operation, std::move(args));
    if (!result) FAIL(result.error().code + ": " + result.error().message);
    return std::move(*result);
  }
  template <class Start>
  Result<Value> wait(Start start) {
    return world_.wait(std::move(start));
  }
  World& world() { return world_.world(); }
  Loop& loop() { return world_.loop(); }

 private:
  TestWorld world_;
};

/// An image with nothing but busybox in it, made at first use.
const std::string& live_image();

inline Value named(const char* name) { return Value::object({{"name", name}}); }

}  // namespace runbook::docker

/// Ends the test case where no engine can be started.
#define RUNBOOK_NEEDS_ENGINE() \
  do {                         \
    if (runbook::private_engine().empty()) RUNBOOK_SKIP("a private Docker engine cannot be started (root and dockerd are needed)"); \
  } while (false)

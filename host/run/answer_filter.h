// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "runbook/gate.h"
#include "runbook/module.h"

namespace runbook {

/// Lets a test answer single operations itself: {kind = "operation", operation, args} -> {pass = true} or {result = ...},
/// or an error. Stands next to the world, so that everything else takes the answer for the world's.
class AnswerFilter final : public Filter {
 public:
  /// The names of the operations, which may grow while the filter is in use.
  AnswerFilter(std::shared_ptr<const std::set<std::string>> names, Simulate ask) : names_(std::move(names)), ask_(std::move(ask)) {}

  Cancel apply(EffectCall& call, Next next, Done done) override {
    if (call.composite() || names_->count(call.operation->name) == 0) return next(std::move(done));
    Value request = Value::object({{"kind", "operation"}, {"operation", call.operation->name}, {"args", call.args}});
    auto current = std::make_shared<Cancel>();
    *current = ask_(std::move(request), call.on_event,
                    [current, next = std::move(next), done = std::move(done)](Result<Value> answer) mutable {
                      if (answer && (*answer)["pass"].as_bool()) {
                        *current = next(std::move(done));
                      } else if (answer) {
                        done((*answer)["result"]);
                      } else {
                        done(std::move(answer));
                      }
                    });
    return [current] { (*current)(); };
  }

 private:
  std::shared_ptr<const std::set<std::string>> names_;
  Simulate ask_;
};

}  // namespace runbook

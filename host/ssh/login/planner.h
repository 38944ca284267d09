// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "host/ssh/login/login_plan.h"
#include "runbook/loop.h"

namespace runbook::ssh {

/// Plans logins. Files are read by a worker thread, for one login at a time: the others of a fleet then find in memory
/// what they need, and cost no thread, nor a file.
class Planner {
 public:
  Planner(Loop& loop, std::shared_ptr<LoginFiles> files);
  ~Planner();
  Planner(const Planner&) = delete;
  Planner& operator=(const Planner&) = delete;

  Cancel plan(Destination destination, Callback<void(Result<LoginPlan>)> done);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace runbook::ssh

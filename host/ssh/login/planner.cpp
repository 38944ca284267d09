// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/login/planner.h"

#include <deque>

namespace runbook::ssh {

struct Planner::State : std::enable_shared_from_this<State> {
  State(Loop& on, std::shared_ptr<LoginFiles> from) : loop(on), files(std::move(from)) {}

  struct Request {
    Destination destination;
    Callback<void(Result<LoginPlan>)> done;
  };

  Loop& loop;
  std::shared_ptr<LoginFiles> files;
  std::deque<std::shared_ptr<Request>> waiting;
  bool reading = false;
  Cancel step;  ///< the next turn, or the file that is being read

  void go_on() {
    reading = false;
    while (!waiting.empty()) {
      const auto request = waiting.front();
      if (!request->done) {
        waiting.pop_front();
        continue;
      }
      Result<LoginPlan> plan = plan_login(request->destination, *files, Reading::kMemory);
      if (!plan && plan.error().code == kNotRead) return read(request->destination);
      waiting.pop_front();
      auto done = std::move(request->done);
      done(std::move(plan));
    }
  }
  void read(const Destination& destination) {
    reading = true;
    step = loop.blocking<LoginPlan>([destination, files = files] { return plan_login(destination, *files); },
                                    [self = shared_from_this()](Result<LoginPlan> plan) {
                                      const auto request = self->waiting.front();
                                      self->waiting.pop_front();
                                      if (auto done = std::move(request->done)) done(std::move(plan));
                                      self->go_on();
                                    });
  }
};

Planner::Planner(Loop& loop, std::shared_ptr<LoginFiles> files)
    : state_(std::make_shared<State>(loop, std::move(files))) {}

Planner::~Planner() {
  state_->step();
  state_->waiting.clear();
}

Cancel Planner::plan(Destination destination, Callback<void(Result<LoginPlan>)> done) {
  auto request = std::make_shared<State::Request>(State::Request{std::move(destination), std::move(done)});
  state_->waiting.push_back(request);
  if (state_->waiting.size() == 1) {
    state_->step = state_->loop.post([state = state_] {
      if (!state->reading) state->go_on();
    });
  }
  return [request] { request->done.reset(); };
}

}  // namespace runbook::ssh

// SPDX-License-Identifier: Apache-2.0
//
// Work of many steps, each of which waits for something, written in the order in which it happens (a coroutine). It lives
// on the loop's thread; dropping a flow that waits cancels what it waits for.
//
// g++ 12 destroys a lambda's captures twice where the lambda is written inside a co_await expression. So a step that is given
// one gets a name first: `auto job = on_worker<T>(loop, [x] { ... }); auto result = co_await job;`
#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "runbook/callback.h"
#include "runbook/loop.h"

namespace runbook::ssh::sftp {

/// One step: what begins something that calls back. `co_await` gives what it was called with.
template <class T>
class [[nodiscard]] Wait {
 public:
  using Start = std::function<Cancel(Callback<void(T)>)>;
  explicit Wait(Start start) : start_(std::move(start)) {}
  ~Wait() {
    if (!state_) return;
    state_->flow = nullptr;
    state_->cancel();
  }
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> flow) {
    state_ = std::make_shared<State>();
    Cancel cancel = start_([state = state_](T value) {
      state->value.emplace(std::move(value));
      state->cancel.reset();
      if (auto waiting = std::exchange(state->flow, nullptr)) waiting.resume();
    });
    if (state_->value) return false;  // at once
    state_->cancel = std::move(cancel);
    state_->flow = flow;
    return true;
  }
  T await_resume() { return std::move(*state_->value); }

 private:
  struct State {
    std::optional<T> value;
    std::coroutine_handle<> flow;
    Cancel cancel;
  };
  Start start_;
  std::shared_ptr<State> state_;
};

/// Begins when it is awaited, or given to run().
template <class T>
class [[nodiscard]] Flow {
 public:
  struct promise_type {
    std::optional<T> value;
    std::coroutine_handle<> waiting;
    std::function<void()> finished;

    Flow get_return_object() { return Flow(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    struct Final {
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> own) const noexcept {
        if (own.promise().waiting) return own.promise().waiting;
        if (auto call = std::move(own.promise().finished)) call();
        return std::noop_coroutine();
      }
      void await_resume() const noexcept {}
    };
    Final final_suspend() const noexcept { return {}; }
    template <class U>
    void return_value(U&& result) {
      value.emplace(std::forward<U>(result));
    }
    void unhandled_exception() { std::terminate(); }
  };

  Flow(Flow&& other) noexcept : own_(std::exchange(other.own_, nullptr)) {}
  Flow& operator=(Flow&&) = delete;
  ~Flow() {
    if (own_) own_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) {
    own_.promise().waiting = waiting;
    return own_;
  }
  T await_resume() { return std::move(*own_.promise().value); }

  /// Begins it; `finished` is called once, with its value ready, and must not destroy it.
  void begin(std::function<void()> finished) {
    own_.promise().finished = std::move(finished);
    own_.resume();
  }

 private:
  explicit Flow(std::coroutine_handle<promise_type> own) : own_(own) {}
  std::coroutine_handle<promise_type> own_;
};

/// Runs a flow to its end.
template <class T>
Cancel run(Loop& loop, Flow<T> flow, Callback<void(T)> done) {
  struct Running {
    std::optional<Flow<T>> flow;
    Callback<void(T)> done;
    bool over = false;
  };
  auto running = std::make_shared<Running>(Running{std::move(flow), std::move(done)});
  // It holds itself until it has ended or is cancelled.
  running->flow->begin([&loop, self = running] {
    self->over = true;
    T value = self->flow->await_resume();
    // Not from inside its own end.
    loop.post([self] { self->flow.reset(); });
    self->done(std::move(value));
  });
  return [running] {
    running->done.reset();
    if (!running->over) running->flow.reset();
  };
}

/// A job on a worker thread, waited for.
template <class T>
Wait<Result<T>> on_worker(Loop& loop, std::function<Result<T>()> job) {
  return Wait<Result<T>>([&loop, job = std::move(job)](Callback<void(Result<T>)> done) { return loop.blocking<T>(job, std::move(done)); });
}

inline Wait<Unit> pause(Loop& loop, double count) {
  return Wait<Unit>([&loop, count](Callback<void(Unit)> done) {
    return loop.after(seconds(count), [done = std::move(done)]() mutable { done(Unit{}); });
  });
}

}  // namespace runbook::ssh::sftp

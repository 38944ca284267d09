// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "runbook/callback.h"
#include "runbook/result.h"

struct uv_loop_s;

namespace runbook {

using Duration = std::chrono::nanoseconds;
inline Duration seconds(double count) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(count));
}

/// The event loop: one thread, libuv underneath. Callbacks run from the loop, never from inside the call that
/// registered them, and never after their Cancel was called.
class Loop {
 public:
  Loop();
  ~Loop();  ///< closes what is still open; REQUIRES: not inside a callback of this loop
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  uv_loop_s* uv() const;

  /// Calls `done` once, after the delay.
  Cancel after(Duration delay, Callback<void()> done);
  /// Calls `done` from the next turn of the loop.
  Cancel post(Callback<void()> done) { return after(Duration::zero(), std::move(done)); }

  /// Runs `job` on a worker thread and hands its result to `done` on this one. Cancelling drops the result; the
  /// job itself runs to its end, so it must own what it touches.
  template <class T>
  Cancel blocking(std::function<Result<T>()> job, Callback<void(Result<T>)> done) {
    auto slot = std::make_shared<std::pair<std::function<Result<T>()>, std::unique_ptr<Result<T>>>>(std::move(job), nullptr);
    return queue_work([slot] { slot->second = std::make_unique<Result<T>>(slot->first()); },
                      [slot, done = std::move(done)]() mutable { done(std::move(*slot->second)); });
  }

  /// One turn: waits for something to happen unless `wait` is false. False when nothing is left to wait for.
  bool turn(bool wait = true);
  /// Monotonic, as of this turn.
  Duration now() const;
  /// Handles still open, for leak checks.
  int open_handles() const;

  struct State;

 private:
  Cancel queue_work(std::function<void()> job, Callback<void()> done);
  std::unique_ptr<State> state_;
};

}  // namespace runbook

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
  /// Seconds since 1970.
  double wall_clock() const;

  /// From now on time is virtual: it stands still while anything real is under way, and then leaps to the next timer.
  /// Waiting costs nothing, and the same waits always end in the same order. Timers that run already stay real.
  /// `start`: what the wall clock shows.
  void begin_virtual_time(double start);
  void end_virtual_time();
  bool virtual_time() const;
  /// Something real is under way as long as this lives: virtual time waits for it. Jobs of blocking() hold by themselves.
  std::shared_ptr<void> hold();
  /// Handles still open, for leak checks.
  int open_handles() const;

  struct State;

 private:
  bool leap(bool only_due);
  Cancel queue_work(std::function<void()> job, Callback<void()> done);
  std::unique_ptr<State> state_;
};

}  // namespace runbook

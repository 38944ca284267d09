// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>

#include "runbook/loop.h"

namespace runbook {

/// Waits that are shorter than a millisecond, which the timers of the loop do not know. One at a time.
class ShortTimer {
 public:
  ShortTimer(Loop& loop, std::function<void()> due) : loop_(loop), due_(std::move(due)) {}
  ~ShortTimer();
  ShortTimer(const ShortTimer&) = delete;
  ShortTimer& operator=(const ShortTimer&) = delete;

  /// False where the machine has none; else `due` is called once after `delay`, or after what was left of an earlier one.
  bool start(std::chrono::microseconds delay);

 private:
  struct Handle;
  bool open();
  void fire();

  Loop& loop_;
  std::function<void()> due_;
  Handle* handle_ = nullptr;
  bool running_ = false;
};

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

#include "runbook/loop.h"

namespace runbook {

// Who writes a log line by line wakes us for each of them, and reading them one by one costs both sides several times
// what the bytes cost. So a stream of small pieces is looked at again after a rest, shorter than anybody notices and
// than the socket's buffer takes to fill.
inline constexpr std::size_t kSmallPiece = 4U << 10U;
inline constexpr int kTricklesBeforeRest = 4;
inline constexpr auto kTrickleRest = std::chrono::microseconds(300);

// Who sends fast would have the loop to itself, and what is made of its bytes would pile up: after so much of it the rest
// waits for the next turn. A posted callback would not do: libuv calls timers that are due in the turn that has set them.
inline constexpr std::size_t kMostInATurn = 256U << 10U;
inline constexpr auto kNextTurn = std::chrono::microseconds(1);

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

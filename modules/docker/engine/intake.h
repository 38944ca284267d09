// SPDX-License-Identifier: Apache-2.0
//
// What the engine sends faster than a disk takes it: collected in blocks on the loop, taken on other threads one at a
// time, and held back where a whole block waits already. So memory stays flat whatever the size.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runbook/loop.h"

namespace runbook::docker {

/// Takes the blocks, on worker threads, never two at once.
class Consumer {
 public:
  virtual ~Consumer() = default;
  virtual Status take(std::string_view block) = 0;
  /// After the last block; an error where something is missing.
  virtual Status end() { return Unit{}; }
};

class Intake : public std::enable_shared_from_this<Intake> {
 public:
  static constexpr std::size_t kBlock = 1U << 20U;

  /// `hold` stops (true) and restarts what feeds this; `failed` is called once, from the loop, where a block could not be
  /// taken: nothing more is taken after that.
  Intake(Loop& loop, std::shared_ptr<Consumer> consumer, std::function<void(bool)> hold, std::function<void(Error)> failed);
  ~Intake() { work_(); }
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  void feed(std::string_view bytes);
  /// Hands on the rest and ends the consumer. Not after `failed` was called.
  void end(std::function<void(Status)> done);
  /// Nothing is called any more.
  void drop();
  std::uint64_t size() const { return size_; }

 private:
  void start();
  void taken(Status status);

  Loop& loop_;
  std::shared_ptr<Consumer> consumer_;
  std::function<void(bool)> hold_;
  std::function<void(Error)> on_failure_;
  std::function<void(Status)> done_;
  std::string block_;                         ///< being filled
  std::shared_ptr<std::string> other_;        ///< being taken, or spare
  Cancel work_;
  std::uint64_t size_ = 0;
  bool busy_ = false;
  bool held_ = false;
  bool failed_ = false;
};
using IntakePtr = std::shared_ptr<Intake>;

}  // namespace runbook::docker

// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/engine/intake.h"

#include <utility>

namespace runbook::docker {

Intake::Intake(Loop& loop, std::shared_ptr<Consumer> consumer, std::function<void(bool)> hold, std::function<void(Error)> failed)
    : loop_(loop), consumer_(std::move(consumer)), hold_(std::move(hold)), on_failure_(std::move(failed)),
      other_(std::make_shared<std::string>()) {}

void Intake::feed(std::string_view bytes) {
  if (failed_) return;
  size_ += bytes.size();
  if (block_.capacity() < kBlock) block_.reserve(kBlock + (kBlock >> 2U));
  block_ += bytes;
  if (block_.size() < kBlock) return;
  if (!busy_) return start();
  if (held_) return;
  held_ = true;
  hold_(true);
}

void Intake::end(std::function<void(Status)> done) {
  done_ = std::move(done);
  if (!busy_) start();
}

void Intake::drop() {
  failed_ = true;
  work_();
  done_ = nullptr;
  on_failure_ = nullptr;
}

void Intake::start() {
  busy_ = true;
  other_->swap(block_);
  block_.clear();
  const bool last = static_cast<bool>(done_);
  work_ = loop_.blocking<Unit>(
      [consumer = consumer_, block = other_, last]() -> Result<Unit> {
        if (!block->empty()) RUNBOOK_TRY(consumer->take(*block));
        if (last) RUNBOOK_TRY(consumer->end());
        return Unit{};
      },
      // The one that is asked to end has nobody else who keeps it.
      [weak = weak_from_this(), self = last ? shared_from_this() : nullptr, last](Result<Unit> result) {
        const IntakePtr intake = weak.lock();
        if (!intake) return;
        intake->busy_ = false;
        Status status = result ? Status(Unit{}) : Status(std::move(result).error());
        if (!last) return intake->taken(std::move(status));
        const auto finished = std::move(intake->done_);
        finished(std::move(status));
      });
}

void Intake::taken(Status status) {
  if (!status) {
    failed_ = true;
    if (done_) return std::exchange(done_, nullptr)(std::move(status));
    return on_failure_(std::move(status).error());
  }
  if (done_ || block_.size() >= kBlock) start();
  if (!held_) return;
  held_ = false;
  hold_(false);
}

}  // namespace runbook::docker

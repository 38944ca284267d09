// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/journal_filter.h"

#include <memory>

#include "host/core/redactor.h"
#include "host/core/text.h"
#include "host/journal/run_id.h"

namespace runbook {

using journal::EffectRecord;
using journal::State;

// One change on its way: capture, intent, perform, outcome. Each stage holds it; a Cancel holds it weakly.
class JournalFilter::Flight : public std::enable_shared_from_this<Flight> {
 public:
  Flight(JournalFilter& filter, EffectCall& call, Next next, Done done)
      : filter_(filter), call_(call), next_(std::move(next)), done_(std::move(done)) {
    record_.id = call.id;
    record_.parent = call.parent;
    record_.step = call.step;
    record_.operation = call.operation->name;
    record_.effect = call.reverting ? "revert" : call.operation->effect == Effect::kDestroy ? "destroy" : "change";
    record_.args = call.args;
    record_.diff = call.diff;
    record_.where = call.where;
    record_.started = journal::wall_clock();
  }

  void start() {
    if (!call_.operation->capture) return begin();
    EffectCall read;
    read.operation = &filter_.twins_.capture_of(*call_.operation);
    read.args = call_.args;
    read.parent = call_.id;
    read.step = call_.step;
    read.where = call_.where;
    read.covered = call_.access();
    stage([&] {
      return filter_.gate_.run(std::move(read), [self = shared_from_this()](Result<Value> before) {
        if (!before) return self->finish(self->not_captured(std::move(before).error()));
        self->record_.before = std::move(*before);
        self->begin();
      });
    });
  }

  void cancel() {
    if (over_) return;
    over_ = true;
    current_();
    if (performing_) {  // it may have happened all the same
      record_.state = State::kUnknown;
      filter_.journal_.effect_end(record_);
      if (filter_.observe_) filter_.observe_(record_);
    }
    next_.reset();
    done_.reset();
  }

 private:
  // A stage may be over, and the next one begun, before the call that began it returns: its Cancel is of no use then.
  template <class Begin>
  void stage(Begin begin_stage) {
    const int number = ++stage_;
    Cancel cancel = begin_stage();
    if (!over_ && stage_ == number) current_ = std::move(cancel);
  }

  // As it goes to disk. Neither a probe nor a revert needs what is hidden, so with a star in its place nothing is missing.
  EffectRecord kept() const {
    EffectRecord out = record_;
    for (const Field& field : call_.operation->fields) {
      if ((field.flags & Field::kHidden) && out.args[field.name].is_secret()) out.args.set(field.name, Redactor::kMark);
    }
    return out;
  }

  void begin() {
    if (call_.composite()) {
      // What happens inside waits for its own records, and this one is written before them.
      filter_.journal_.effect_begin(kept());
      return perform();
    }
    stage([&] {
      return filter_.journal_.effect_begin(kept(), [self = shared_from_this()](Status written) {
        if (!written) return self->finish(std::move(written).error());
        self->perform();
      });
    });
  }

  void perform() {
    performing_ = true;
    stage([&] {
      return next_([self = shared_from_this()](Result<Value> result) { self->performed(std::move(result)); });
    });
  }

  void performed(Result<Value> result) {
    performing_ = false;
    record_.ended = journal::wall_clock();
    record_.state = result ? State::kDone : State::kFailed;
    if (result) {
      record_.result = *result;
      record_.changed = call_.changed(*result);
    } else {
      record_.error = result.error();
      record_.changed = call_.composite() && call_.changed(Value());
    }
    if (call_.composite()) {
      filter_.journal_.effect_end(record_);
      return hand_on(std::move(result));
    }
    // What is to be done once the outcome is kept may take away what it could be found out by.
    const bool synced = call_.once_recorded != nullptr;
    stage([&] {
      return filter_.journal_.effect_end(record_, synced, [self = shared_from_this(), result = std::move(result)](Status written) mutable {
        if (written) return self->hand_on(std::move(result));
        self->call_.once_recorded = nullptr;
        self->finish(self->not_recorded(std::move(written).error(), std::move(result)));
      });
    });
  }

  Error not_recorded(Error error, Result<Value> result) const {
    error.message = cat(record_.operation, result ? " was performed" : " failed", ", but that could not be recorded: ", error.message);
    return result ? error : std::move(error).because(std::move(result).error());
  }

  Error not_captured(Error reason) const {
    Error error(reason.code, cat(record_.operation, " was not performed: the state before it could not be read: ", reason.message));
    error.hint = reason.hint;
    error.retryable = reason.retryable;
    error.context = reason.context;
    return std::move(error).because(std::move(reason));
  }

  void hand_on(Result<Value> result) {
    if (filter_.observe_) filter_.observe_(record_);
    finish(std::move(result));
  }

  void finish(Result<Value> result) {
    over_ = true;
    current_.reset();
    next_.reset();
    done_(std::move(result));
  }

  JournalFilter& filter_;
  EffectCall& call_;
  Next next_;
  Done done_;
  EffectRecord record_;
  Cancel current_;
  int stage_ = 0;
  bool performing_ = false;
  bool over_ = false;
};

Cancel JournalFilter::apply(EffectCall& call, Next next, Done done) {
  if (call.operation->effect == Effect::kRead) return next(std::move(done));
  auto flight = std::make_shared<Flight>(*this, call, std::move(next), std::move(done));
  flight->start();
  return [held = std::weak_ptr<Flight>(flight)] {
    if (auto alive = held.lock()) alive->cancel();
  };
}

}  // namespace runbook

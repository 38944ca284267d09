// SPDX-License-Identifier: Apache-2.0
//
// A transfer through a shell, from its first attempt to its end.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "modules/machine/shell_ask.h"
#include "modules/machine/shell_place.h"
#include "modules/machine/transfer.h"
#include "modules/machine/transfer_tries.h"

namespace runbook::machine {

/// `Job` is the class that derives from this one; its callbacks keep it.
template <class Job>
class TransferJob : public std::enable_shared_from_this<Job> {
 public:
  TransferJob(Invocation call, std::string path, Done done)
      : world_(call.world),
        loop_(call.world.loop()),
        args_(std::move(call.args)),
        path_(std::move(path)),
        files_(world_.shared<files::Tree>()),
        reach_(files_, std::move(call.allowed)),
        done_(std::move(done)),
        progress_(std::move(call.on_event)) {}

  void cancel() {
    done_.reset();
    stop();
  }

 protected:
  /// A script that asks for its input by `want_`. `over` is not called after its attempt.
  void run(ShellScript script, void (Job::*room)(), void (Job::*over)(Result<ShellEnd>)) {
    const auto self = this->shared_from_this();
    script.more = [self, room](ShellPiece piece) {
      self->want_ = std::move(piece);
      (self.get()->*room)();
    };
    step_ = run_script(world_, args_["target"], std::move(script),
                       [self, over, attempt = attempt_](Result<ShellEnd> end) {
                         if (attempt == self->attempt_) (self.get()->*over)(std::move(end));
                       });
  }

  /// A job on a worker thread: its error is the end, and its result comes only in the attempt that asked for it.
  template <class T, class Work, class Next>
  void work(Work work, Next next) {
    work_ = loop_.blocking<T>(std::move(work), [self = this->shared_from_this(), attempt = attempt_,
                                                next = std::move(next)](Result<T> result) mutable {
      if (attempt != self->attempt_) return;
      if (!result) return self->finish(own(std::move(result).error()));
      next(std::move(*result));
    });
  }

  void again(Error error, void (Job::*begin)()) {
    if (!tries_.again_after(error)) return finish(std::move(error));
    step_ = loop_.after(seconds(tries_.pause()), [self = this->shared_from_this(), begin] { (self.get()->*begin)(); });
  }

  void finish(Result<Value> result) {
    const auto self = this->shared_from_this();
    auto done = std::move(done_);
    stop();
    done(std::move(result));
  }

  /// What is not to outlive the end; a Job may have its own.
  void release() {}

  World& world_;
  Loop& loop_;
  Value args_;
  std::string path_;  ///< there
  files::TreePtr files_;
  Reach reach_;
  Done done_;
  Progress progress_;
  Cancel step_, work_;
  Tries tries_;
  int attempt_ = 0;
  ShellPiece want_;

 private:
  void stop() {
    ++attempt_;
    want_.reset();
    static_cast<Job*>(this)->release();
    auto step = std::move(step_);
    auto work = std::move(work_);
    step();
    work();
  }
};

/// Begins a job about the path there that is the argument `which`.
template <class Job, class... More>
Cancel start_job(const char* which, Invocation call, Done done, More... more) {
  auto path = shell_path(call.args[which]);
  if (!path) {
    done(std::move(path).error());
    return {};
  }
  auto job = std::make_shared<Job>(std::move(call), *path, std::move(done), more...);
  job->begin();
  return [weak = std::weak_ptr<Job>(job)] {
    if (auto running = weak.lock()) running->cancel();
  };
}

}  // namespace runbook::machine

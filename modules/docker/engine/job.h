// SPDX-License-Identifier: Apache-2.0
//
// One call of an operation that makes requests one after the other. The first error ends it, cancelling ends the
// request that is under way, and the result goes out once.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "host/core/files.h"
#include "modules/docker/engine/engine.h"
#include "runbook/operation.h"

namespace runbook::docker {

class Job : public std::enable_shared_from_this<Job> {
 public:
  using Ptr = std::shared_ptr<Job>;

  /// Begins a job on the engine of args["target"].
  static Cancel start(Invocation call, Done done, const std::function<void(const Ptr&)>& begin);

  Job(Invocation call, Done done) : world_(call.world), args_(std::move(call.args)), on_event_(std::move(call.on_event)),
                                    done_(std::move(done)) {}

  const Value& args() const { return args_; }
  const std::string& name() const { return args_["name"].as_string(); }
  Engine& engine() const { return *engine_; }
  Loop& loop() const { return world_.loop(); }
  World& world() const { return world_; }
  /// For jobs on other threads.
  files::TreePtr files() const { return world_.shared<files::Tree>(); }
  bool listening() const { return static_cast<bool>(on_event_); }
  void event(Value event) const {
    if (on_event_) on_event_(std::move(event));
  }

  /// Makes a request and goes on with its answer.
  void request(Call call, std::function<void(HttpResponse)> next);
  /// The same, for requests whose answer is JSON.
  void json(Call call, std::function<void(Value)> next);
  /// The same, where an error is not the end.
  void attempt(Call call, std::function<void(Result<HttpResponse>)> next);
  void upgrade(Call call, std::function<void(std::string_view)> on_data, std::function<void(Status)> on_end,
               std::function<void(std::unique_ptr<ByteStream>)> next);
  void after(double delay, std::function<void()> next);
  template <class T>
  void blocking(std::function<Result<T>()> work, std::function<void(T)> next) {
    current_ = loop().blocking<T>(std::move(work), [self = shared_from_this(), next = std::move(next)](Result<T> result) {
      if (!result) return self->fail(std::move(result).error());
      next(std::move(result).value());
    });
  }

  /// What cancelling ends from now on, where it is more than a request.
  void on_cancel(Cancel cancel) { current_ = std::move(cancel); }

  /// The same, besides what it ends already.
  void also_on_cancel(Cancel more);

  void finish(Value result) { end(std::move(result)); }
  void fail(Error error) { end(std::move(error)); }
  /// Fails while a request is under way, and ends that.
  void abort(Error error);

 private:
  void end(Result<Value> result);

  World& world_;
  Value args_;
  std::function<void(Value)> on_event_;
  Done done_;
  Engine* engine_ = nullptr;
  Cancel current_;
};

/// A request whose answer is JSON, parsed.
Result<Value> parse_answer(const HttpResponse& answer);

}  // namespace runbook::docker

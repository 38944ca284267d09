// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/engine/job.h"

#include "host/core/text.h"

namespace runbook::docker {

Cancel Job::start(Invocation call, Done done, const std::function<void(const Ptr&)>& begin) {
  Engine& engine = call.world.service<Engines>().at(call.args["target"]);
  auto job = std::make_shared<Job>(std::move(call), std::move(done));
  job->engine_ = &engine;
  begin(job);
  return [weak = std::weak_ptr<Job>(job)] {
    if (auto self = weak.lock()) {
      self->done_.reset();
      self->on_event_ = nullptr;
      Cancel current = std::move(self->current_);
      if (current) current();
    }
  };
}

void Job::also_on_cancel(Cancel more) {
  current_ = [current = std::move(current_), more = std::move(more)]() mutable {
    current();
    more();
  };
}

void Job::abort(Error error) {
  const Ptr self = shared_from_this();
  Cancel current = std::move(current_);
  if (current) current();
  end(std::move(error));
}

void Job::end(Result<Value> result) {
  on_event_ = nullptr;
  done_(std::move(result));
}

void Job::attempt(Call call, std::function<void(Result<HttpResponse>)> next) {
  current_ = engine_->request(
      std::move(call), [self = shared_from_this(), next = std::move(next)](Result<HttpResponse> answer) mutable {
        next(std::move(answer));
      });
}

void Job::request(Call call, std::function<void(HttpResponse)> next) {
  attempt(std::move(call), [this, next = std::move(next)](Result<HttpResponse> answer) {
    if (!answer) return fail(std::move(answer).error());
    next(std::move(answer).value());
  });
}

void Job::json(Call call, std::function<void(Value)> next) {
  request(std::move(call), [this, next = std::move(next)](HttpResponse answer) {
    auto parsed = parse_answer(answer);
    if (!parsed) return fail(std::move(parsed).error());
    next(std::move(parsed).value());
  });
}

void Job::upgrade(Call call, std::function<void(std::string_view)> on_data, std::function<void(Status)> on_end,
                  std::function<void(std::unique_ptr<ByteStream>)> next) {
  auto self = shared_from_this();
  current_ = engine_->upgrade(
      std::move(call), std::move(on_data),
      [self, on_end = std::move(on_end)](Status status) mutable { on_end(std::move(status)); },
      [self, next = std::move(next)](Result<std::unique_ptr<ByteStream>> stream) mutable {
        if (!stream) return self->fail(std::move(stream).error());
        next(std::move(stream).value());
      });
}

void Job::after(double delay, std::function<void()> next) {
  current_ = loop().after(seconds(delay), [self = shared_from_this(), next = std::move(next)] { next(); });
}

Result<Value> parse_answer(const HttpResponse& answer) {
  if (answer.body.empty()) return Value();
  auto parsed = from_json(answer.body);
  if (parsed) return parsed;
  return Error("docker.engine", cat("the engine's answer is not JSON: ", parsed.error().message))
      .with("body", printable(answer.body.substr(0, 200)));
}

}  // namespace runbook::docker

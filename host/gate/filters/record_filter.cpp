// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/record_filter.h"

#include <chrono>
#include <cmath>

#include "host/core/error_value.h"

namespace runbook {

/// One call, until it has an answer or nobody wants one.
struct RecordFilter::Recording {
  Value entry;
  Value events = Value::Array{};
  Loop* loop = nullptr;
  Duration began{};
  bool written = false;
};

void RecordFilter::write(Recording& recording) {
  if (std::exchange(recording.written, true)) return;
  const double took = std::chrono::duration<double>(recording.loop->now() - recording.began).count();
  recording.entry.set("seconds", std::round(took * 1000) / 1000);
  if (!recording.events.items().empty()) recording.entry.set("events", std::move(recording.events));
  sink_(to_json(recording.entry) + "\n");
}

Cancel RecordFilter::apply(EffectCall& call, Next next, Done done) {
  if (call.composite()) return next(std::move(done));
  // A text that is secret only where it is given here may come back as plain text.
  redactor_->add_secrets_of(call.args);
  auto recording = std::make_shared<Recording>();
  recording->entry = Value::object({{"operation", recorded_name(call)}, {"args", to_recording(call.args, *redactor_)}});
  recording->loop = &call.world->loop();
  recording->began = recording->loop->now();
  call.on_event = [this, recording, listener = std::move(call.on_event)](Value event) {
    recording->events.push(to_recording(event, *redactor_));
    if (listener) listener(std::move(event));
  };
  Cancel inner = next([this, recording, done = std::move(done)](Result<Value> result) mutable {
    if (result) {
      redactor_->add_secrets_of(*result);
      recording->entry.set("result", to_recording(*result, *redactor_));
    } else {
      recording->entry.set("error", error_to_value(redactor_->redact_error(result.error())));
    }
    write(*recording);
    done(std::move(result));
  });
  return [this, recording, inner = std::move(inner)]() mutable {
    inner();
    if (!recording->written) recording->entry.set("cancelled", true);
    write(*recording);
  };
}

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/record_filter.h"

#include "host/core/error_value.h"

namespace runbook {

Cancel RecordFilter::apply(EffectCall& call, Next next, Done done) {
  if (call.composite()) return next(std::move(done));
  auto events = std::make_shared<Value>(Value::Array{});
  call.on_event = [events, listener = std::move(call.on_event)](Value event) {
    events->push(event);
    if (listener) listener(std::move(event));
  };
  return next([&call, events, redactor = redactor_, sink = sink_, done = std::move(done)](Result<Value> result) mutable {
    Value entry = Value::object({{"operation", call.operation->name}, {"args", to_recording(call.args, *redactor)}});
    if (!events->items().empty()) entry.set("events", to_recording(*events, *redactor));
    if (result) {
      entry.set("result", to_recording(*result, *redactor));
    } else {
      entry.set("error", error_to_value(redactor->redact_error(result.error())));
    }
    (*sink)(to_json(entry) + "\n");
    done(std::move(result));
  });
}

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/event_filter.h"

#include <chrono>

#include "host/core/error_value.h"

namespace runbook {
namespace {

const char* effect_name(Effect effect) {
  switch (effect) {
    case Effect::kRead: return "read";
    case Effect::kChange: return "change";
    case Effect::kDestroy: return "destroy";
  }
  return "?";
}

double system_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

struct EventFilter::Teller {
  Sink sink;
  Options options;

  Value event(const char* name) const {
    return Value::object({{"event", name}, {"time", options.now()}, {"run", options.run}});
  }
  Value start(const EffectCall& call) const {
    Value out = event("effect.start");
    out.set("id", static_cast<std::int64_t>(call.id));
    out.set("parent", static_cast<std::int64_t>(call.parent));
    out.set("step", call.step);
    out.set("operation", call.operation->name);
    out.set("effect", effect_name(call.operation->effect));
    out.set("description", call.describe());
    out.set("where", call.where);
    return out;
  }
  /// The end of what began with `start`.
  Value end(Value start, const char* state, bool changed) const {
    const Value now = options.now();
    start.set("seconds", now.as_number() - start["time"].as_number());
    start.set("event", "effect.end");
    start.set("time", now);
    start.set("state", state);
    start.set("changed", changed);
    return start;
  }
  const char* state(const Result<Value>& result, bool changed) const {
    if (!result) return "failed";
    if (options.dry_run && changed) return "planned";
    return result->is_unknown() ? "unknown" : "done";
  }
  void report(std::int64_t id, const std::string& step, Value reported) const {
    if (!reported.is_object()) reported = Value::Object{};
    const bool line = reported["event"].as_string() == "line";
    if (!line) reported.set("what", reported["event"]);
    reported.set("event", line ? "output" : "progress");
    reported.set("time", options.now());
    reported.set("run", options.run);
    reported.set("step", step);
    reported.set("effect", id);
    sink(std::move(reported));
  }
};

EventFilter::EventFilter(Sink sink, Options options) : teller_(std::make_shared<Teller>()) {
  teller_->sink = std::move(sink);
  teller_->options = std::move(options);
  if (!teller_->options.now) teller_->options.now = system_seconds;
}

Cancel EventFilter::apply(EffectCall& call, Next next, Done done) {
  if (call.rehearsal) return next(std::move(done));
  auto start = std::make_shared<Value>(teller_->start(call));  // null once the end has been told
  teller_->sink(*start);
  call.on_event = [teller = teller_, id = static_cast<std::int64_t>(call.id), step = call.step,
                   listener = std::move(call.on_event)](Value reported) {
    if (!listener) return teller->report(id, step, std::move(reported));
    teller->report(id, step, reported);
    listener(std::move(reported));
  };
  Cancel cancel = next([teller = teller_, &call, start, done = std::move(done)](Result<Value> result) mutable {
    const bool changed = result.ok() && !call.recorded && call.changed(*result);
    Value end = teller->end(std::exchange(*start, Value()), teller->state(result, changed), changed);
    if (!call.diff.empty()) end.set("diff", call.diff);
    if (!result) end.set("error", error_to_value(result.error()));
    teller->sink(std::move(end));
    done(std::move(result));
  });
  return [teller = teller_, start, cancel = std::move(cancel)]() mutable {
    if (start->is_null()) return;
    teller->sink(teller->end(std::exchange(*start, Value()), "cancelled", false));
    cancel();
  };
}

}  // namespace runbook

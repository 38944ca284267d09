// SPDX-License-Identifier: Apache-2.0
#include "host/run/events.h"

#include <chrono>

namespace runbook {

void Events::emit(Value event) {
  count(event);
  if (redact_) event = redact_(std::move(event));
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  event.set("schema", 1);
  event.set("time", std::chrono::duration<double>(now).count());
  if (!run_.empty()) event.set("run", run_);
  if (recorder_) recorder_(event);
  if (sink_) sink_(event);
}

Tally Events::tally_in(const std::string& step) const {
  Tally sum;
  // What is below a step begins with its path, so it stands together.
  for (auto at = by_step_.lower_bound(step); at != by_step_.end() && at->first.starts_with(step); ++at) {
    const bool inside = at->first.size() == step.size() || at->first[step.size()] == '/' || at->first[step.size()] == '[';
    if (!inside) continue;
    sum.changed += at->second.changed;
    sum.planned += at->second.planned;
  }
  return sum;
}

// Only what stands on its own counts: what is inside a composite is told by the composite.
void Events::count(const Value& event) {
  if (event["event"].as_string() != "effect.end" || event["parent"].as_int() != 0) return;
  if (event["effect"].as_string() == "read") return;
  const std::string& state = event["state"].as_string();
  const bool changed = event["changed"].as_bool();
  if (state == "failed") ++tally_.failed;
  if (state == "planned") {
    ++tally_.planned;
    ++by_step_[event["step"].as_string()].planned;
  }
  if (state == "done") {
    ++(changed ? tally_.changed : tally_.unchanged);
    if (changed) ++by_step_[event["step"].as_string()].changed;
  }
}

}  // namespace runbook

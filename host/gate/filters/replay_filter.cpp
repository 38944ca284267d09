// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/replay_filter.h"

#include "host/core/error_value.h"
#include "host/core/text.h"
#include "host/gate/value_diff.h"

namespace runbook {
namespace {

std::string call_key(std::string_view operation, const Value& args) { return cat(operation, " ", to_json(args)); }

}  // namespace

ReplayFilter::ReplayFilter(std::vector<Value> entries, std::shared_ptr<const Redactor> redactor)
    : entries_(std::move(entries)), redactor_(std::move(redactor)) {
  for (std::size_t i = entries_.size(); i-- > 0;) {
    calls_[call_key(entries_[i]["operation"].as_string(), entries_[i]["args"])].left.push_back(i);
  }
}

Error ReplayFilter::mismatch(const EffectCall& call, const Value& args) const {
  std::string why = cat("the recording has no call of '", call.operation->name, "' left");
  const auto same = calls_.find(call_key(call.operation->name, args));
  if (same != calls_.end()) {
    const int given = same->second.given;
    why = cat("recorded ", given, given == 1 ? " time" : " times", " and asked for once more");
  } else {
    std::size_t nearest = entries_.size();
    for (const auto& [key, answers] : calls_) {
      if (answers.left.empty() || answers.left.back() > nearest) continue;
      if (entries_[answers.left.back()]["operation"].as_string() == call.operation->name) nearest = answers.left.back();
    }
    if (nearest < entries_.size()) {
      why = cat("differs from what was recorded: ", join(value_differences(entries_[nearest]["args"], args), "; "));
    }
  }
  return Error("replay.mismatch", cat(redactor_->redact(call.describe()), ": ", why));
}

Cancel ReplayFilter::apply(EffectCall& call, Next next, Done done) {
  if (call.composite()) return next(std::move(done));
  const Value args = to_recording(call.args, *redactor_);
  const auto found = calls_.find(call_key(call.operation->name, args));
  if (found == calls_.end() || found->second.left.empty()) {
    done(mismatch(call, args));
    return {};
  }
  const Value& entry = entries_[found->second.left.back()];
  found->second.left.pop_back();
  ++found->second.given;
  for (const Value& event : entry["events"].items()) {
    if (call.on_event) call.on_event(from_recording(event));
  }
  if (entry.has("error")) {
    done(error_from_value(entry["error"]));
  } else {
    done(from_recording(entry["result"]));
  }
  return {};
}

std::vector<std::string> ReplayFilter::left() const {
  std::map<std::size_t, std::string> ordered;
  for (const auto& [key, answers] : calls_) {
    for (const std::size_t index : answers.left) ordered.emplace(index, key);
  }
  std::vector<std::string> out;
  for (auto& [index, key] : ordered) out.push_back(std::move(key));
  return out;
}

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/replay_filter.h"

#include "host/core/error_value.h"
#include "host/core/text.h"
#include "host/gate/value_diff.h"

namespace runbook {
namespace {

constexpr std::size_t kShown = 160;

std::string call_key(std::string_view operation, const Value& args) { return cat(operation, " ", to_json(args)); }

}  // namespace

ReplayFilter::ReplayFilter(std::vector<Value> entries, std::shared_ptr<Redactor> redactor)
    : entries_(std::move(entries)), redactor_(std::move(redactor)) {
  for (std::size_t i = entries_.size(); i-- > 0;) {
    calls_[call_key(entries_[i]["operation"].as_string(), entries_[i]["args"])].left.push_back(i);
  }
}

Error ReplayFilter::refuse(const EffectCall& call, const Value& nearest) {
  Error error = mismatch(call, to_recording(call.args, *redactor_), nearest);
  if (!first_mismatch_) first_mismatch_ = error;
  return error;
}

Error ReplayFilter::mismatch(const EffectCall& call, const Value& args, const Value& other) const {
  const std::string name = recorded_name(call);
  std::string why = cat("the recording has no call of '", name, "' left");
  const auto same = calls_.find(call_key(name, args));
  if (same != calls_.end()) {
    const int given = same->second.given;
    why = cat("recorded ", given, given == 1 ? " time" : " times", " and asked for once more");
  } else {
    std::size_t nearest = entries_.size();
    for (const auto& [key, answers] : calls_) {
      if (answers.left.empty() || answers.left.back() > nearest) continue;
      if (entries_[answers.left.back()]["operation"].as_string() == name) nearest = answers.left.back();
    }
    if (nearest < entries_.size() || !other.is_null()) {
      const Value& recorded = other.is_null() ? entries_[nearest]["args"] : other;
      auto differences = value_differences(from_recording(recorded), from_recording(args));
      if (differences.empty()) differences = value_differences(recorded, args);  // another secret
      why = cat("differs from what was recorded: ", join(differences, "; "));
    }
  }
  return Error("replay.mismatch", cat(redactor_->redact(call.describe()), ": ", why));
}

Cancel ReplayFilter::apply(EffectCall& call, Next next, Done done) {
  if (call.composite()) return next(std::move(done));
  redactor_->add_secrets_of(call.args);
  const auto found = calls_.find(call_key(recorded_name(call), to_recording(call.args, *redactor_)));
  if (found == calls_.end() || found->second.left.empty()) {
    done(refuse(call));
    return {};
  }
  const Value& entry = entries_[found->second.left.back()];
  found->second.left.pop_back();
  ++found->second.given;
  for (const Value& event : entry["events"].items()) {
    if (call.on_event) call.on_event(from_recording(event));
  }
  // Nobody waited for the answer then, so nobody will now.
  if (entry["cancelled"].as_bool()) return [held = std::move(done)] {};
  // It takes as long as it took: what was raced against it, or waited for it no longer, is to end as it did.
  return call.world->loop().after(seconds(entry["seconds"].as_number()), [&entry, done = std::move(done)]() mutable {
    if (entry.has("error")) return done(error_from_value(entry["error"]));
    done(from_recording(entry["result"]));
  });
}

std::vector<std::string> ReplayFilter::left() const {
  std::map<std::size_t, std::string> ordered;
  for (const auto& [key, answers] : calls_) {
    for (const std::size_t index : answers.left) ordered.emplace(index, key.size() <= kShown ? key : cat(printable(std::string_view(key).substr(0, kShown)), "..."));
  }
  std::vector<std::string> out;
  for (auto& [index, key] : ordered) out.push_back(std::move(key));
  return out;
}

}  // namespace runbook

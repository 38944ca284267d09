// SPDX-License-Identifier: Apache-2.0
#include "host/run/resume_filter.h"

#include <algorithm>

#include "host/core/text.h"
#include "host/run/standing.h"

namespace runbook {

using journal::EffectRecord;
using journal::Outcome;
using journal::State;

namespace {

using EffectId = std::pair<std::int64_t, std::uint64_t>;
EffectId id_of(const EffectRecord& effect) { return {effect.attempt, effect.id}; }

// What was changed outside any step and has been put back since.
std::set<EffectId> put_back(const journal::Run& previous) {
  std::set<EffectId> out;
  for (const EffectRecord& effect : previous.effects) {
    if (effect.step.empty() && effect.changed) out.insert(id_of(effect));
  }
  for (const EffectRecord& effect : standing_changes(previous.effects, "")) out.erase(id_of(effect));
  return out;
}

}  // namespace

ResumeFilter::ResumeFilter(Gate& gate, const journal::Run& previous, const Steps& steps, Mode mode)
    : gate_(gate), recovery_(gate), steps_(steps), mode_(mode) {
  std::set<std::string> undone;
  for (const journal::StepRecord& step : previous.steps) {
    if (step.state == State::kUndone) undone.insert(step.path);
  }
  // A resumed run makes it again; one that is undone once more tells it again.
  const std::set<EffectId> gone = mode == Mode::kUndo ? std::set<EffectId>() : put_back(previous);
  // A failure that the script went on from belongs to what is told again; what a resumed run failed at is tried again.
  std::int64_t last = 0;
  for (const journal::AttemptRecord& attempt : previous.attempts) {
    if (attempt.mode != to_string(Mode::kUndo)) last = std::max(last, attempt.attempt);
  }
  for (const EffectRecord& effect : previous.effects) {
    if (is_revert(effect) || gone.count(id_of(effect))) continue;
    const bool failed = mode == Mode::kUndo && effect.state == State::kFailed && effect.error && effect.attempt == last;
    const bool counts = effect.state == State::kDone || effect.state == State::kStarted || effect.state == State::kUnknown;
    if ((counts || failed) && !undone.count(effect.step)) records_.emplace(effect_key(effect.step, effect.operation, effect.args), &effect);
  }
  if (mode != Mode::kUndo) drop_superseded();
}

// What broke off and was begun again by a later attempt is known by that one.
void ResumeFilter::drop_superseded() {
  for (auto at = records_.begin(); at != records_.end();) {
    const EffectRecord* open = at->second;
    const bool undecided = open->state == State::kStarted || open->state == State::kUnknown;
    const auto later = std::find_if(std::next(at), records_.end(), [&](const Records::value_type& other) {
      return other.first != at->first || other.second->attempt > open->attempt;
    });
    if (!undecided || later == records_.end() || later->first != at->first) {
      ++at;
      continue;
    }
    origins_[later->second] = origin_of(*open);
    at = records_.erase(at);
  }
}

std::string ResumeFilter::origin_of(const EffectRecord& effect) const {
  const auto found = origins_.find(&effect);
  return found == origins_.end() ? cat(effect.attempt, '.', effect.id) : found->second;
}

const EffectRecord* ResumeFilter::take(const EffectCall& call) {
  const std::string key = effect_key(call.step, call.operation->name, call.args);
  const auto found = records_.lower_bound(key);
  if (found == records_.end() || found->first != key) return nullptr;
  const EffectRecord* record = found->second;
  records_.erase(found);
  return record;
}

Cancel ResumeFilter::apply(EffectCall& call, Next next, Done done) {
  const bool concerned = !aside_ && !call.reverting && !call.composite() && call.operation->effect != Effect::kRead;
  if (!concerned || !steps_.remembers(call.step)) return next(std::move(done));
  const EffectRecord* record = take(call);
  if (mode_ == Mode::kUndo) {
    // Only the past is told again; where it ends, undoing begins.
    if (!record) {
      done(Error("undo.stop", "the earlier run did not come this far"));
    } else {
      call.recorded = true;
      record->state == State::kFailed ? done(*record->error) : done(record->result);
    }
    return {};
  }
  if (!record) return next(std::move(done));
  auto under_way = std::make_shared<Cancel>();
  auto decided = std::make_shared<bool>(false);
  auto decide = [this, &call, record, under_way, decided, next = std::move(next), done = std::move(done)](journal::Decision decision) mutable {
    *decided = true;
    const bool finished = record->state == State::kDone;
    call.recorded = decision.outcome == Outcome::kDone || (decision.outcome == Outcome::kUnknown && finished);
    if (decision.outcome == Outcome::kUnknown && finished) {
      done(record->result);
    } else if (decision.outcome == Outcome::kDone) {
      done(finished || decision.result.is_null() ? record->result : std::move(decision.result));
    } else if (decision.outcome == Outcome::kNotDone || steps_.idempotent(call.step)) {
      if (!finished) call.continues = origin_of(*record);
      *under_way = next(std::move(done));
    } else {
      const std::string step = call.step.empty() ? "" : cat("--redo '", call.step, "' does the step again, --accept '", call.step, "' takes it as done");
      done(Error("resume.unknown", cat(call.describe(), " was begun when the run broke off, and nobody knows whether it happened: ", decision.because), step));
    }
  };
  Cancel deciding = recovery_.decide(*record, call.operation, std::move(decide));
  if (!*decided) *under_way = std::move(deciding);  // else it is that of the call itself by now
  return [under_way] { (*under_way)(); };
}

}  // namespace runbook

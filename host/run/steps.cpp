// SPDX-License-Identifier: Apache-2.0
#include "host/run/steps.h"

#include <algorithm>

#include "host/core/error_value.h"
#include "host/core/text.h"
#include "host/journal/hash.h"
#include "host/journal/run_id.h"

namespace runbook {
namespace {

using journal::State;

std::string flags_hint(const std::string& path) {
  return cat("--redo '", path, "' does it again, --accept '", path, "' takes it as done");
}

const char* how_ended(const Error& error, State state) {
  return state == State::kCancelled ? "cancelled" : error.code == "plan.unknown" ? "planned" : "failed";
}

// Answers `value` once the record is durable.
Callback<void(Status)> answering(Done done, Value value) {
  return [done = std::move(done), value = std::move(value)](Status written) mutable {
    written ? done(std::move(value)) : done(std::move(written).error());
  };
}

}  // namespace

Cancel Steps::settle(Result<Value> result, Done done) {
  done(std::move(result));
  return {};
}

Cancel Steps::record(const std::string& path, Done done, Value answer) {
  Open& step = open_.at(path);
  Value start = Value::object({{"event", "step.start"}, {"path", path}, {"title", step.options.title}});
  if (!step.options.doc.empty()) start.set("doc", step.options.doc);
  events_.emit(std::move(start));
  if (!setup_.journal) return settle(std::move(answer), std::move(done));
  journal::StepRecord record;
  record.path = path;
  record.title = step.options.title;
  record.key = step.options.key;
  record.undo = step.options.undo;
  if (!step.options.inputs.is_null()) record.fingerprint = journal::fingerprint(step.options.inputs);
  return setup_.journal->step_begin(std::move(record), answering(std::move(done), std::move(answer)));
}

Cancel Steps::begin(const std::string& path, StepOptions options, Done done) {
  const auto before = open_.find(path);
  const bool again = before != open_.end() && before->second.failed && setup_.mode != Mode::kUndo;
  if (before != open_.end() && !again) {
    return settle(Error("step.duplicate", cat("a step '", path, "' has run before in this run"),
                        "give one of them another title, or { key = ... }"),
                  std::move(done));
  }
  open_[path] = {.options = std::move(options), .started = journal::wall_clock(), .fresh = again};
  Open& step = open_[path];
  step.changes = events_.changes_in(path);
  const auto answer = [&](const char* state) { return Value::object({{"path", path}, {"state", state}}); };
  const journal::StepRecord* earlier = setup_.previous ? setup_.previous->step(path) : nullptr;
  const bool finished = earlier && earlier->state == State::kDone;
  if (setup_.mode == Mode::kUndo) {
    return settle(told_again(path, earlier), std::move(done));
  } else if (again || setup_.redo.count(path) || !earlier || earlier->state == State::kUndone) {
    step.fresh = true;
    return record(path, std::move(done), answer("fresh"));
  } else if (setup_.accept.count(path)) {
    Value accepted = answer(finished ? "done" : "accepted");
    accepted.set("result", earlier->result);
    return settle(std::move(accepted), std::move(done));
  }
  if (finished) {
    const std::string inputs = step.options.inputs.is_null() ? "" : journal::fingerprint(step.options.inputs);
    if (inputs != earlier->fingerprint) {
      return settle(Error("resume.inputs", cat("step '", path, "' was done with other inputs than it has now"), flags_hint(path)), std::move(done));
    }
    if (earlier->lossy) {
      return settle(Error("resume.secret", cat("the result of step '", path, "' held a secret or a number that is none, which are not kept"), flags_hint(path)), std::move(done));
    }
    Value replayed = answer("done");
    replayed.set("result", earlier->result);
    return settle(std::move(replayed), std::move(done));
  }
  const bool interrupted = earlier->state == State::kStarted || earlier->state == State::kUnknown || earlier->state == State::kCancelled;
  if (interrupted && step.options.check) return settle(answer("interrupted"), std::move(done));
  return record(path, std::move(done), answer("fresh"));
}

Value Steps::told_again(const std::string& path, const journal::StepRecord* earlier) const {
  const bool finished = earlier && (earlier->state == State::kDone || earlier->state == State::kUndone);
  Value answer = Value::object({{"path", path}});
  const std::string below = cat(path, "/"), beside = cat(path, "[");
  const auto& steps = setup_.previous->steps;
  answer.set("nested", std::any_of(steps.begin(), steps.end(), [&](const journal::StepRecord& step) {
               const bool inside = step.path.starts_with(below) || step.path.starts_with(beside);
               const bool begun = step.undo && step.state != State::kUndone;  // also one that was cut off has something to put back
               return inside && (begun || (step.state == State::kDone && !finished));
             }));
  if (!finished) {
    answer.set("state", "stop");
    answer.set("begun", earlier != nullptr);
    return answer;
  }
  answer.set("state", earlier->state == State::kDone ? "recorded" : "undone");
  answer.set("result", earlier->result);
  return answer;
}

void Steps::replay(const std::string& path) { emit_end(path, "replayed"); }

Cancel Steps::again(const std::string& path, Done done) {
  open_.at(path).fresh = true;
  return record(path, std::move(done), Value());
}

Cancel Steps::adopt(const std::string& path, Value result, Done done) {
  auto slot = std::make_shared<Done>(std::move(done));
  return record(path, [this, path, result, slot](Result<Value> written) mutable {
    if (!written) return (*slot)(std::move(written));
    finish(path, std::move(result), std::move(*slot));
  }, Value());
}

Cancel Steps::finish(const std::string& path, Value result, Done done) {
  open_.at(path).ended = journal::wall_clock();
  emit_end(path, setup_.mode == Mode::kDryRun ? "planned" : "done");
  if (!setup_.journal) return settle(Value(), std::move(done));
  journal::StepRecord record;
  record.path = path;
  record.state = State::kDone;
  record.result = std::move(result);
  return setup_.journal->step_end(std::move(record), answering(std::move(done), Value()));
}

Cancel Steps::fail(const std::string& path, const Error& error, State state, Done done) {
  if (state == State::kFailed && failed_title_.empty()) failed_title_ = open_.at(path).options.title;
  emit_end(path, how_ended(error, state), error);
  open_.at(path).failed = state == State::kFailed;
  if (!setup_.journal) return settle(Value(), std::move(done));
  journal::StepRecord record;
  record.path = path;
  record.state = state;
  record.error = error;
  return setup_.journal->step_end(std::move(record), answering(std::move(done), Value()));
}

void Steps::undo_begin(const std::string& path) {
  Open& step = open_.at(path);
  step.undoing = true;
  step.changes = events_.changes_in(path);
  step.started = journal::wall_clock();
  events_.emit(Value::object({{"event", "step.start"}, {"path", shown(path)}, {"title", cat("undo: ", step.options.title)}}));
}

Cancel Steps::undo_end(const std::string& path, Done done) {
  undone_.insert(path);
  emit_end(path, setup_.journal ? "done" : "planned");
  if (!setup_.journal) return settle(Value(), std::move(done));
  journal::StepRecord record;
  record.path = path;
  record.state = State::kUndone;
  return setup_.journal->step_end(std::move(record), answering(std::move(done), Value()));
}

void Steps::undo_fail(const std::string& path, const Error& error, State state) {
  if (state == State::kFailed && failed_title_.empty()) failed_title_ = cat("undo: ", open_.at(path).options.title);
  emit_end(path, how_ended(error, state), error);
}

std::vector<std::string> Steps::left(const std::string& path, const std::vector<std::string>& others) const {
  std::set<std::string> keys;
  if (setup_.mode != Mode::kResume || !setup_.previous) return {};
  const auto path_of = [&](const std::string& key) { return cat(path, "[", key, "]"); };
  const auto settled = [&](const std::string& step) { return open_.count(step) > 0 || setup_.accept.count(step) > 0; };
  for (const journal::StepRecord& step : setup_.previous->steps) {
    const bool unfinished = step.state != State::kDone && step.state != State::kUndone;
    if (unfinished && !step.key.empty() && step.path == path_of(step.key) && !settled(step.path)) keys.insert(step.key);
  }
  for (const std::string& key : others) {
    const journal::StepRecord* earlier = setup_.previous->step(path_of(key));
    if (!settled(path_of(key)) && !(earlier && earlier->state == State::kDone)) keys.insert(key);
  }
  return {keys.begin(), keys.end()};
}

bool Steps::idempotent(const std::string& path) const {
  const auto found = open_.find(path);
  return found != open_.end() && found->second.options.idempotent;
}

bool Steps::remembers(const std::string& path) const {
  const auto found = open_.find(path);
  return found == open_.end() || !found->second.fresh;
}

double Steps::ended(const std::string& path) const {
  const auto found = open_.find(path);
  if (found != open_.end() && found->second.ended > 0) return found->second.ended;
  const journal::StepRecord* earlier = setup_.previous ? setup_.previous->step(path) : nullptr;
  if (earlier) return earlier->ended > 0 ? earlier->ended : earlier->started;
  return found == open_.end() ? 0 : found->second.started;
}

std::string Steps::shown(const std::string& path) const { return open_.at(path).undoing ? cat("undo: ", path) : path; }

void Steps::emit_end(const std::string& path, const char* state, const std::optional<Error>& error) {
  const Open& step = open_.at(path);
  Value end = Value::object({{"event", "step.end"},
                             {"path", shown(path)},
                             {"title", cat(step.undoing ? "undo: " : "", step.options.title)},
                             {"state", state},
                             {"changed", events_.changes_in(path) - step.changes},
                             {"seconds", journal::wall_clock() - step.started}});
  if (error) end.set("error", error_to_value(*error));
  events_.emit(std::move(end));
}

}  // namespace runbook

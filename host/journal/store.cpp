// SPDX-License-Identifier: Apache-2.0
#include "host/journal/store.h"

#include "host/core/text.h"
#include "host/journal/blobs.h"

namespace runbook::journal {

namespace {

using Bind = Database::Bind;

Bind text_or_null(const std::string& text) { return text.empty() ? Bind(nullptr) : Bind(std::string_view(text)); }
Bind flag(bool value) { return static_cast<std::int64_t>(value); }
Bind integer(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::string_view name(State state) { return to_string(state); }

}  // namespace

Store::Store(std::string directory, RunRecord run, RunTexts texts)
    : directory_(std::move(directory)), run_(std::move(run)), texts_(std::move(texts)) {}

Status Store::begin(bool to_disk) {
  if (!database_) {
    auto opened = open_for_writing(directory_);
    if (!opened) return std::move(opened).error();
    database_ = std::move(*opened);
  }
  if (!lock_ && !ended_) {
    auto taken = take_run(directory_, run_.id);
    if (!taken) return std::move(taken).error();
    lock_ = std::move(*taken);
  }
  if (to_disk != to_disk_) RUNBOOK_TRY(database_->run(to_disk ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"));
  to_disk_ = to_disk;
  RUNBOOK_TRY(database_->run("BEGIN IMMEDIATE"));
  return recorded_ ? Status(Unit{}) : record_run();
}

Status Store::commit() {
  RUNBOOK_TRY(database_->run("COMMIT"));
  recorded_ = true;
  if (ended_) lock_.release();
  return Unit{};
}

void Store::rollback() {
  if (lock_) ended_ = false;
  if (in_transaction()) (void)database_->run("ROLLBACK");
}

Status Store::expect_one(Status status, const std::string& what) const {
  if (status && database_->changes() != 1) return Error("journal.write", cat("the journal has no ", what));
  return status;
}

Status Store::record_run() {
  attempt_ = 1;
  if (run_.mode == "apply") {
    RUNBOOK_TRY(database_->run(
        "INSERT INTO run (id, file, file_hash, summary, mode, params, permissions, user, host, pid, version, started, state,"
        " attempt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', 1)",
        {run_.id, run_.file, run_.file_hash, run_.summary, run_.mode, text_or_null(texts_.params),
         text_or_null(texts_.permissions), run_.user, run_.host, run_.pid, run_.version, run_.started}));
  } else {
    RUNBOOK_TRY(expect_one(
        database_->run("UPDATE run SET mode = ?, user = ?, host = ?, pid = ?, version = ?, state = 'running', ended = NULL,"
                       " exit = NULL, error = NULL, attempt = attempt + 1 WHERE id = ?",
                       {run_.mode, run_.user, run_.host, run_.pid, run_.version, run_.id}),
        cat("run '", run_.id, "'")));
    RUNBOOK_TRY(database_->query("SELECT attempt FROM run WHERE id = ?", {run_.id},
                                 [this](const Row& row) { attempt_ = row.integer(0); }));
    // The run's lock is ours, so whoever left an attempt running is gone.
    RUNBOOK_TRY(database_->run("UPDATE attempt SET state = 'interrupted' WHERE run = ? AND state = 'running'", {run_.id}));
  }
  return database_->run(
      "INSERT INTO attempt (run, attempt, mode, file_hash, user, host, pid, version, started, state)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'running')",
      {run_.id, attempt_.load(), run_.mode, run_.file_hash, run_.user, run_.host, run_.pid, run_.version, run_.started});
}

Status Store::run_end(State state, int exit, const std::string& error, double ended) {
  const auto code = static_cast<std::int64_t>(exit);
  RUNBOOK_TRY(database_->run("UPDATE run SET state = ?, exit = ?, error = ?, ended = ? WHERE id = ?",
                             {name(state), code, text_or_null(error), ended, run_.id}));
  ended_ = true;
  return database_->run("UPDATE attempt SET state = ?, exit = ?, error = ?, ended = ? WHERE run = ? AND attempt = ?",
                        {name(state), code, text_or_null(error), ended, run_.id, attempt_.load()});
}

Status Store::step_begin(const StepRecord& step) {
  return database_->run(
      "INSERT INTO step (run, path, title, key, fingerprint, undo, state, attempt, begun, lossy, started)"
      " VALUES (?, ?, ?, ?, ?, ?, 'started', ?, 1, 0, ?)"
      " ON CONFLICT (run, path) DO UPDATE SET title = excluded.title, key = excluded.key,"
      " fingerprint = excluded.fingerprint, undo = excluded.undo, state = 'started', attempt = excluded.attempt,"
      " begun = begun + 1, result = NULL, lossy = 0, error = NULL, started = excluded.started, ended = NULL",
      {run_.id, step.path, step.title, step.key, step.fingerprint, flag(step.undo), attempt_.load(), step.started});
}

Status Store::step_end(const StepRecord& step, const StepTexts& texts) {
  const std::string what = cat("step '", step.path, "' of run '", run_.id, "'");
  if (step.state == State::kUndone) {
    return expect_one(database_->run("UPDATE step SET state = 'undone', ended = ? WHERE run = ? AND path = ?",
                                     {step.ended, run_.id, step.path}),
                      what);
  }
  auto result = keep(directory_, texts.result);
  if (!result) return std::move(result).error();
  return expect_one(database_->run("UPDATE step SET state = ?, result = ?, lossy = ?, error = ?, ended = ?"
                                   " WHERE run = ? AND path = ?",
                                   {name(step.state), text_or_null(*result), flag(texts.lossy), text_or_null(texts.error),
                                    step.ended, run_.id, step.path}),
                    what);
}

Status Store::effect_begin(const EffectRecord& effect, const EffectTexts& texts) {
  auto args = keep(directory_, texts.args);
  if (!args) return std::move(args).error();
  auto before = keep(directory_, texts.before);
  if (!before) return std::move(before).error();
  auto diff = keep(directory_, effect.diff);
  if (!diff) return std::move(diff).error();
  return database_->run(
      "INSERT INTO effect (run, attempt, id, parent, step, operation, effect, args, args_lossy, diff, location, state,"
      " changed, before, before_lossy, started) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'started', 0, ?, ?, ?)",
      {run_.id, attempt_.load(), integer(effect.id), integer(effect.parent), effect.step, effect.operation, effect.effect,
       text_or_null(*args), flag(texts.args_lossy), text_or_null(*diff), effect.where, text_or_null(*before),
       flag(texts.before_lossy), effect.started});
}

Status Store::effect_end(const EffectRecord& effect, const EffectTexts& texts) {
  auto result = keep(directory_, texts.result);
  if (!result) return std::move(result).error();
  const std::int64_t attempt = effect.attempt != 0 ? effect.attempt : attempt_.load();
  return expect_one(database_->run("UPDATE effect SET state = ?, changed = ?, result = ?, error = ?, ended = ?"
                                   " WHERE run = ? AND attempt = ? AND id = ?",
                                   {name(effect.state), flag(effect.changed), text_or_null(*result),
                                    text_or_null(texts.error), effect.ended, run_.id, attempt, integer(effect.id)}),
                    cat("effect ", effect.id, " of run '", run_.id, "'"));
}

Status Store::line(const LineRecord& line) {
  return database_->run(
      "INSERT INTO line (run, attempt, step, effect, stream, text, time) VALUES (?, ?, ?, ?, ?, ?, ?)",
      {run_.id, attempt_.load(), line.step, integer(line.effect), line.stream, line.text, line.time});
}

}  // namespace runbook::journal

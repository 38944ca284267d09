// SPDX-License-Identifier: Apache-2.0
#include "host/journal/reader.h"

#include <unistd.h>

#include <algorithm>

#include "host/core/text.h"
#include "host/journal/blobs.h"
#include "host/journal/database.h"
#include "host/journal/encode.h"
#include "host/journal/run_lock.h"
#include "host/journal/store.h"

namespace runbook::journal {

namespace {

#define RUN_COLUMNS                                                                                                  \
  "id, file, file_hash, summary, mode, params, permissions, user, host, pid, version, started, ended, state, exit, " \
  "error, attempt"

std::optional<int> exit_of(const Row& row, int column) {
  return row.null(column) ? std::nullopt : std::optional<int>(static_cast<int>(row.integer(column)));
}

RunRecord run_of(const Row& row) {
  RunRecord run;
  run.id = row.text(0);
  run.file = row.text(1);
  run.file_hash = row.text(2);
  run.summary = row.text(3);
  run.mode = row.text(4);
  run.params = decode(row.text(5));
  run.permissions = decode(row.text(6));
  run.user = row.text(7);
  run.host = row.text(8);
  run.pid = row.integer(9);
  run.version = row.text(10);
  run.started = row.number(11);
  run.ended = row.number(12);
  run.state = state_of(row.text(13));
  run.exit = exit_of(row, 14);
  run.error = decode_error(row.text(15));
  run.attempt = row.integer(16);
  return run;
}

AttemptRecord attempt_of(const Row& row) {
  AttemptRecord attempt;
  attempt.attempt = row.integer(0);
  attempt.mode = row.text(1);
  attempt.file_hash = row.text(2);
  attempt.user = row.text(3);
  attempt.host = row.text(4);
  attempt.pid = row.integer(5);
  attempt.version = row.text(6);
  attempt.started = row.number(7);
  attempt.ended = row.number(8);
  attempt.state = state_of(row.text(9));
  attempt.exit = exit_of(row, 10);
  attempt.error = decode_error(row.text(11));
  return attempt;
}

/// Reads kept texts; remembers the first that could not be read.
class Kept {
 public:
  explicit Kept(const std::string& directory) : directory_(directory) {}
  std::string text(const Row& row, int column) {
    auto text = recall(directory_, row.text(column));
    if (text) return std::move(*text);
    if (status_) status_ = std::move(text).error();
    return {};
  }
  Value value(const Row& row, int column) { return decode(text(row, column)); }
  Status status() const { return status_; }

 private:
  const std::string& directory_;
  Status status_ = Unit{};
};

StepRecord step_of(const Row& row, Kept& kept) {
  StepRecord step;
  step.path = row.text(0);
  step.title = row.text(1);
  step.key = row.text(2);
  step.fingerprint = row.text(3);
  step.undo = row.integer(4) != 0;
  step.state = state_of(row.text(5));
  step.attempt = row.integer(6);
  step.begun = row.integer(7);
  step.result = kept.value(row, 8);
  step.lossy = row.integer(9) != 0;
  step.error = decode_error(row.text(10));
  step.started = row.number(11);
  step.ended = row.number(12);
  return step;
}

EffectRecord effect_of(const Row& row, Kept& kept) {
  EffectRecord effect;
  effect.attempt = row.integer(0);
  effect.id = static_cast<std::uint64_t>(row.integer(1));
  effect.parent = static_cast<std::uint64_t>(row.integer(2));
  effect.step = row.text(3);
  effect.operation = row.text(4);
  effect.effect = row.text(5);
  effect.args = kept.value(row, 6);
  effect.args_lossy = row.integer(7) != 0;
  effect.diff = kept.text(row, 8);
  effect.where = row.text(9);
  effect.state = state_of(row.text(10));
  effect.changed = row.integer(11) != 0;
  effect.before = kept.value(row, 12);
  effect.before_lossy = row.integer(13) != 0;
  effect.result = kept.value(row, 14);
  effect.error = decode_error(row.text(15));
  effect.started = row.number(16);
  effect.ended = row.number(17);
  return effect;
}

}  // namespace

const StepRecord* Run::step(std::string_view path) const {
  const auto found = std::find_if(steps.begin(), steps.end(), [&](const StepRecord& step) { return step.path == path; });
  return found == steps.end() ? nullptr : &*found;
}

std::vector<const EffectRecord*> Run::unfinished(std::string_view path) const {
  std::vector<const EffectRecord*> out;
  const StepRecord* owner = step(path);
  for (const EffectRecord& effect : effects) {
    if (owner && effect.step == path && effect.attempt == owner->attempt && !effect.finished()) out.push_back(&effect);
  }
  return out;
}

Reader::Reader(std::string directory) : directory_(std::move(directory)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Result<Reader> Reader::open(const std::string& directory) {
  Reader reader(directory);
  const std::string file = database_file(directory);
  if (access(file.c_str(), F_OK) != 0) return reader;
  auto opened = Database::open(file, Database::Mode::kRead);
  if (!opened) return std::move(opened).error();
  RUNBOOK_TRY(check_schema(**opened));
  std::int64_t tables = 0;  // none: another process is about to make them
  RUNBOOK_TRY((*opened)->query("SELECT count(*) FROM sqlite_schema", {}, [&](const Row& row) { tables = row.integer(0); }));
  if (tables > 0) reader.database_ = std::move(*opened);
  return reader;
}

// A run ends by recording that first and letting go of its lock afterwards: whoever finds the lock free looks again.
void Reader::settle(RunRecord& found) {
  if (found.state != State::kRunning || is_running(directory_, found.id)) return;
  if (auto again = run(found.id); again && *again) found = std::move(**again);
  if (found.state == State::kRunning) found.state = State::kInterrupted;
}

Result<std::optional<RunRecord>> Reader::run(const std::string& id) {
  std::optional<RunRecord> found;
  if (!database_) return found;
  RUNBOOK_TRY(database_->query("SELECT " RUN_COLUMNS " FROM run WHERE id = ?", {id}, [&](const Row& row) { found = run_of(row); }));
  return found;
}

Result<std::vector<RunRecord>> Reader::runs(const RunFilter& filter) {
  std::vector<RunRecord> found;
  if (!database_) return found;
  // The state is judged after reading: that of a run whose process is gone is not in the database.
  RUNBOOK_TRY(database_->query("SELECT " RUN_COLUMNS
                               " FROM run WHERE started >= ?1 AND (?2 = '' OR file = ?2 OR"
                               " substr(file, -length(?2) - 1) = '/' || ?2) ORDER BY started DESC, id DESC LIMIT ?3",
                               {filter.since, filter.file,
                                filter.state ? std::int64_t{-1} : static_cast<std::int64_t>(filter.limit)},
                               [&](const Row& row) { found.push_back(run_of(row)); }));
  std::vector<RunRecord> out;
  for (RunRecord& record : found) {
    if (out.size() == filter.limit) break;
    settle(record);
    if (!filter.state || record.state == *filter.state) out.push_back(std::move(record));
  }
  return out;
}

Result<std::string> Reader::find(std::string_view text) {
  const Error none("journal.not_found", text == "last" ? std::string("there is no run yet") : cat("there is no run '", text, "'"),
                   "runbook history");
  if (text == "last" || text.substr(0, 1) == "@") {
    RunFilter filter;
    filter.limit = 1;
    if (text.front() == '@') filter.file = text.substr(1);
    auto found = runs(filter);
    if (!found) return std::move(found).error();
    if (!found->empty()) return found->front().id;
    return text == "last" ? none : Error("journal.not_found", cat("'", text.substr(1), "' has not been run"), "runbook history");
  }
  if (!database_ || text.empty()) return none;
  std::vector<std::string> ids;
  std::vector<std::string> files;
  RUNBOOK_TRY(database_->query("SELECT id, file FROM run WHERE substr(id, 1, length(?1)) = ?1 OR"
                               " substr(id, 17, length(?1)) = ?1 ORDER BY started DESC LIMIT 21",
                               {text}, [&](const Row& row) {
                                 if (row.text(0) == text) ids.clear(), files.clear();
                                 if (ids.size() == 1 && ids.front() == text) return;
                                 ids.push_back(row.text(0));
                                 files.push_back(row.text(1));
                               }));
  if (ids.empty()) return none;
  if (ids.size() == 1) return ids.front();
  std::vector<std::string> candidates;
  for (std::size_t i = 0; i < ids.size() && i < 10; ++i) {
    candidates.push_back(cat(ids[i], " (", files[i].substr(files[i].rfind('/') + 1), ")"));
  }
  if (ids.size() > 10) candidates.emplace_back("...");
  return Error("journal.ambiguous", cat("'", text, "' is the beginning of several runs: ", join(candidates, ", ")),
               "give more of the id");
}

Result<Run> Reader::load(const std::string& id) {
  auto found = run(id);
  if (!found) return std::move(found).error();
  if (!*found) return Error("journal.not_found", cat("there is no run '", id, "'"), "runbook history");
  Run out;
  out.record = std::move(**found);
  settle(out.record);
  Kept kept(directory_);
  RUNBOOK_TRY(database_->query("SELECT attempt, mode, file_hash, user, host, pid, version, started, ended, state, exit, error"
                               " FROM attempt WHERE run = ? ORDER BY attempt",
                               {id}, [&](const Row& row) { out.attempts.push_back(attempt_of(row)); }));
  RUNBOOK_TRY(database_->query("SELECT path, title, key, fingerprint, undo, state, attempt, begun, result, lossy, error,"
                               " started, ended FROM step WHERE run = ? ORDER BY rowid",
                               {id}, [&](const Row& row) { out.steps.push_back(step_of(row, kept)); }));
  RUNBOOK_TRY(database_->query("SELECT attempt, id, parent, step, operation, effect, args, args_lossy, diff, location, state,"
                               " changed, before, before_lossy, result, error, started, ended FROM effect WHERE run = ?"
                               " ORDER BY attempt, id",
                               {id}, [&](const Row& row) { out.effects.push_back(effect_of(row, kept)); }));
  RUNBOOK_TRY(kept.status());
  if (!out.attempts.empty() && out.record.state == State::kInterrupted) out.attempts.back().state = State::kInterrupted;
  return out;
}

Result<std::vector<LineRecord>> Reader::lines(const std::string& id, const LineFilter& filter) {
  std::vector<LineRecord> out;
  if (!database_) return out;
  RUNBOOK_TRY(database_->query("SELECT seq, attempt, step, effect, stream, text, time FROM line WHERE run = ?1 AND seq > ?2"
                               " AND (?3 = '' OR step = ?3 OR substr(step, 1, length(?3) + 1) = ?3 || '/')"
                               " ORDER BY seq LIMIT ?4",
                               {id, filter.after, filter.step, static_cast<std::int64_t>(filter.limit)},
                               [&](const Row& row) {
                                 LineRecord line;
                                 line.seq = row.integer(0);
                                 line.attempt = row.integer(1);
                                 line.step = row.text(2);
                                 line.effect = static_cast<std::uint64_t>(row.integer(3));
                                 line.stream = row.text(4);
                                 line.text = row.text(5);
                                 line.time = row.number(6);
                                 out.push_back(std::move(line));
                               }));
  return out;
}

}  // namespace runbook::journal

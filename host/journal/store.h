// SPDX-License-Identifier: Apache-2.0
//
// The writing side of the journal's database: what each record becomes in SQL. Lives on the writer's thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "host/journal/database.h"
#include "host/journal/records.h"
#include "host/journal/run_lock.h"

namespace runbook::journal {

/// The database of a state directory, opened for writing: made where there is none, refused ("journal.newer") where a
/// newer runbook wrote it.
Result<std::unique_ptr<Database>> open_for_writing(const std::string& directory);
/// Checks the schema of a database opened for reading.
Status check_schema(Database& database);
std::string database_file(const std::string& directory);

/// Texts of a record that were encoded on the loop's thread.
struct RunTexts {
  std::string params, permissions, error;
};
struct StepTexts {
  std::string result, error;
  bool lossy = false;
};
struct EffectTexts {
  std::string args, before, result, error;
  bool args_lossy = false, before_lossy = false;
};

class Store {
 public:
  Store(std::string directory, RunRecord run, RunTexts texts);

  /// Begins a transaction. The first one opens the database, takes the run's lock and records the run. With `to_disk` its
  /// commit waits for the disk, for all that was committed before as well; without, it outlives this process and no more.
  Status begin(bool to_disk);
  Status commit();
  void rollback();
  bool in_transaction() const { return database_ && database_->in_transaction(); }

  Status step_begin(const StepRecord& step);
  Status step_end(const StepRecord& step, const StepTexts& texts);
  Status effect_begin(const EffectRecord& effect, const EffectTexts& texts);
  Status effect_end(const EffectRecord& effect, const EffectTexts& texts);
  Status line(const LineRecord& line);
  /// The commit that makes it durable lets go of the run's lock.
  Status run_end(State state, int exit, const std::string& error, double ended);

  std::int64_t attempt() const { return attempt_; }

 private:
  Status record_run();
  Status expect_one(Status status, const std::string& what) const;

  std::string directory_;
  RunRecord run_;
  RunTexts texts_;
  std::unique_ptr<Database> database_;
  HeldFile lock_;
  bool recorded_ = false;
  bool ended_ = false;
  bool to_disk_ = true;  ///< what the database is set to
  std::atomic<std::int64_t> attempt_{0};
};

}  // namespace runbook::journal

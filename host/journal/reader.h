// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/journal/records.h"
#include "runbook/result.h"

namespace runbook::journal {

class Database;

struct Run {
  RunRecord record;
  std::vector<AttemptRecord> attempts;  ///< oldest first
  std::vector<StepRecord> steps;        ///< as they first began
  std::vector<EffectRecord> effects;    ///< as they began

  const StepRecord* step(std::string_view path) const;
  /// The effects that the step's last go had begun and not finished: those that somebody has to decide about.
  std::vector<const EffectRecord*> unfinished(std::string_view path) const;
};

struct RunFilter {
  std::string file;             ///< of this path, or ending in "/" and this
  std::optional<State> state;
  double since = 0;             ///< begun at or after
  std::size_t limit = 50;
};

struct LineFilter {
  std::string step;             ///< of this step and those inside it
  std::int64_t after = 0;       ///< seq over this
  std::size_t limit = 10'000;
};

/// Reads the journal, also while runs write to it. A directory without one reads as empty. A run recorded as running
/// whose process is gone is given as "interrupted". Errors: "journal.read", "journal.newer".
class Reader {
 public:
  static Result<Reader> open(const std::string& directory);
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  ~Reader();

  /// Newest first, without steps and effects.
  Result<std::vector<RunRecord>> runs(const RunFilter& filter = {});
  /// The id that a person means: an id, a beginning of one or of its last part, "last", or "@deploy.lua" for the last
  /// run of that file. "journal.not_found", or "journal.ambiguous" with the candidates.
  Result<std::string> find(std::string_view text);
  Result<Run> load(const std::string& id);
  /// Oldest first.
  Result<std::vector<LineRecord>> lines(const std::string& id, const LineFilter& filter = {});

 private:
  explicit Reader(std::string directory);
  Result<std::optional<RunRecord>> run(const std::string& id);
  void settle(RunRecord& run);

  std::string directory_;
  std::unique_ptr<Database> database_;  ///< null: there is no journal yet
};

}  // namespace runbook::journal

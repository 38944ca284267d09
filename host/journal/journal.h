// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "host/journal/encode.h"
#include "host/journal/records.h"
#include "runbook/loop.h"

namespace runbook::journal {

class LineBatch;
class Writer;

/// What one attempt at a run writes. On the loop's thread; a callback says that the record is written, and
/// is given a "journal.write" error where it is not: then the run must stop.
///
/// What is written outlives this process. A power cut is outlived by what stands at a point that others build on: by the
/// intent of a change before it is performed, by the end of a step and of the run, each with all before it. So the
/// outcome of a step's last change may be missing after one, and is then found out as if the process had ended in it.
///
/// Nothing is opened, made or locked before the first step or effect: a script that has neither leaves no trace, and
/// `run_end` then is only a turn of the loop. The run itself is recorded together with that first record.
///
/// Order: run (constructor), then steps, effects and lines in any order, then run_end. What a cancelled call had handed
/// over is still written; only its callback is never called. A journal that is destroyed without run_end leaves an
/// "interrupted" run, which can be resumed.
class Journal {
 public:
  using Written = Callback<void(Status)>;

  /// A new run: `run.id` from new_run_id(), `run.mode` "apply". A further attempt at one: its id and mode "resume" or
  /// "undo"; then call `open` first. `redact` removes known secrets from everything that is written.
  Journal(Loop& loop, std::string directory, RunRecord run, Redact redact = {});
  ~Journal();  ///< writes what was handed over
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  const RunRecord& run() const { return run_; }
  const std::string& directory() const { return directory_; }

  /// Records the run (or the further attempt) now and takes its lock. For resume and undo: when `done` is called nobody
  /// else is at this run, and what a Reader gives stays true. "lock.held" where the run is still going on.
  Cancel open(Written done);
  /// done, failed, cancelled or undone. Lets go of the run's lock.
  Cancel run_end(State state, int exit, std::optional<Error> error, Written done);

  /// Records that the step begins: path, title, key, fingerprint, undo. Begun again, the former result is dropped.
  Cancel step_begin(StepRecord step, Written done);
  /// Records how it ended: path, state (done, failed, cancelled), result, error. With state undone only that.
  Cancel step_end(StepRecord step, Written done);

  /// The intent: id, parent, step, operation, effect, args, diff, where, before.
  Cancel effect_begin(EffectRecord effect, Written done);
  /// The outcome: id, state, changed, result, error; `attempt` where it is an effect of an earlier attempt whose
  /// outcome has been found out since.
  /// `synced`: it outlives a power cut as well.
  Cancel effect_end(EffectRecord effect, bool synced, Written done);
  /// The same for what nobody waits for: they are written no later than the next record that somebody waits for.
  void effect_begin(EffectRecord effect);
  void effect_end(EffectRecord effect);

  /// A line of output. Nobody waits for it. Long lines are cut at 64 KiB, a run's lines at 64 MiB together, those
  /// before the first record at 1 MiB.
  void line(LineRecord line);

  /// Waits, without the loop, until everything handed over is on the disk: for an end that cannot go on with the loop.
  bool flush(double limit_seconds = 10);

  /// Transactions so far, and how many of them were synced to the disk.
  std::uint64_t commits() const;
  std::uint64_t syncs() const;

 private:
  Cancel pass(Written done);

  Loop& loop_;
  std::string directory_;
  RunRecord run_;
  Redact redact_;
  std::unique_ptr<Writer> writer_;
  std::shared_ptr<LineBatch> lines_;  ///< the last one; the writer may have it by now
  bool opened_ = false;    ///< something was handed over that somebody waits for
  bool touched_ = false;   ///< something was handed over other than lines
  std::size_t line_bytes_ = 0;
  bool lines_cut_ = false;
};

}  // namespace runbook::journal

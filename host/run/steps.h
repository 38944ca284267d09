// SPDX-License-Identifier: Apache-2.0
//
// The steps of one attempt at a run: their paths, what an earlier attempt left of them, and their records. What Lua
// does with a step (its check, its body, its undo) stands in stdlib/runbook/step.lua.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "host/journal/journal.h"
#include "host/journal/reader.h"
#include "host/run/events.h"
#include "runbook/host.h"
#include "runbook/operation.h"

namespace runbook {

struct StepOptions {
  std::string title, key, doc;
  Value inputs;
  bool undo = false;
  bool check = false;
  bool idempotent = false;
};

class Steps {
 public:
  struct Setup {
    Mode mode = Mode::kApply;
    journal::Journal* journal = nullptr;       ///< null: nothing is kept (a dry run)
    const journal::Run* previous = nullptr;    ///< what earlier attempts left
    std::set<std::string> redo, accept;
  };
  Steps(Events& events, Setup setup) : events_(events), setup_(std::move(setup)) {}

  /// Gives {path, state, result}: "fresh" (the record is durable: do it), "done" (an earlier attempt finished it),
  /// "accepted" (a person says that it happened) or "interrupted" (an attempt began it). Where a run is told again to be
  /// undone: "recorded", "undone" (before now), or "stop": the earlier run did not finish it, with `begun`. `nested`: there
  /// are steps inside which have to be told of too: those that can be undone, and of an unfinished one those that finished.
  /// Errors: step.duplicate, resume.inputs, resume.secret.
  Cancel begin(const std::string& path, StepOptions options, Done done);
  /// A finished step's result is handed back.
  void replay(const std::string& path);
  /// An interrupted step turned out to have happened.
  Cancel adopt(const std::string& path, Value result, Done done);
  /// A step that an earlier attempt left is done again.
  Cancel again(const std::string& path, Done done);
  Cancel finish(const std::string& path, Value result, Done done);
  Cancel fail(const std::string& path, const Error& error, journal::State state, Done done);

  void undo_begin(const std::string& path);
  Cancel undo_end(const std::string& path, Done done);
  /// It stays recorded as it is: done, and to be undone.
  void undo_fail(const std::string& path, const Error& error, journal::State state);

  bool idempotent(const std::string& path) const;
  /// Whether what an earlier attempt did in this step counts; not where it is to be done afresh.
  bool remembers(const std::string& path) const;
  /// Of steps that have a path in common, but for their keys: those of earlier attempts that did not finish, and those of
  /// `others` that never did, unless this attempt has come to them or a person takes them as done. Only of a resumed run.
  std::vector<std::string> left(const std::string& path, const std::vector<std::string>& others) const;
  /// Title of the innermost step that failed, or could not be undone; empty where none did.
  const std::string& failed_title() const { return failed_title_; }
  /// When the step finished, in this attempt or an earlier one; where it did not, when it last began.
  double ended(const std::string& path) const;
  bool undone(const std::string& path) const { return undone_.count(path) > 0; }
  Tally tally_in(const std::string& path) const { return events_.tally_in(path); }
  bool any() const { return !open_.empty(); }

 private:
  struct Open {
    StepOptions options;
    double started = 0;
    double ended = 0;      ///< 0: not in this attempt
    bool fresh = false;    ///< nothing of an earlier attempt counts
    bool undoing = false;
    bool failed = false;   ///< in this attempt: the script may try it again
    int changes = 0;       ///< that were made in it before it began
  };
  Cancel record(const std::string& path, Done done, Value answer);
  Value told_again(const std::string& path, const journal::StepRecord* earlier) const;
  std::string shown(const std::string& path) const;  ///< the path as events have it
  void emit_end(const std::string& path, const char* state, const std::optional<Error>& error = {});
  Cancel settle(Result<Value> result, Done done);

  Events& events_;
  Setup setup_;
  std::map<std::string, Open> open_;
  std::string failed_title_;
  std::set<std::string> undone_;
};

}  // namespace runbook

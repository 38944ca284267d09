// SPDX-License-Identifier: Apache-2.0
//
// What the journal keeps. A run keeps its id for life: `resume` and `undo` are further attempts at the same run, so a
// step is always known by (run, path) and an effect by (run, attempt, id).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runbook/error.h"
#include "runbook/value.h"

namespace runbook::journal {

enum class State {
  kRunning,      ///< a run: its process holds runs/<id>.lock
  kStarted,      ///< a step or effect: begun; after its process died, nobody knows whether it happened
  kDone,
  kFailed,
  kCancelled,
  kInterrupted,  ///< a run recorded as running whose process is gone; never stored, found when reading
  kUndone,
  kUnknown,      ///< an effect that was cancelled while it was under way: as undecided as kStarted
};
const char* to_string(State state);
State state_of(std::string_view name);

struct RunRecord {
  std::string id;                  ///< new_run_id()
  std::string file;                ///< absolute path of the runbook
  std::string file_hash;           ///< SHA-256 of its text
  std::string summary;
  std::string mode = "apply";      ///< apply, resume, undo: of the last attempt
  Value params;
  Value permissions;
  std::string user, host;          ///< filled in where empty
  std::int64_t pid = 0;            ///< filled in where 0; for people: nothing is decided by it
  std::string version;             ///< of runbook
  double started = 0;              ///< Unix seconds; filled in where 0
  double ended = 0;
  State state = State::kRunning;
  std::optional<int> exit;
  std::optional<Error> error;
  std::int64_t attempt = 1;        ///< counts the attempts: the run itself, each resume, each undo
};

/// One go at a run: who, when, with which version of the file.
struct AttemptRecord {
  std::int64_t attempt = 1;
  std::string mode, file_hash, user, host, version;
  std::int64_t pid = 0;
  double started = 0, ended = 0;
  State state = State::kRunning;
  std::optional<int> exit;
  std::optional<Error> error;
};

struct StepRecord {
  std::string path;                ///< "deploy/each/web1/pull": what it is known by within the run
  std::string title;
  std::string key;
  std::string fingerprint;         ///< of the inputs it declared; empty where it declared none
  bool undo = false;               ///< declares an undo function
  State state = State::kStarted;
  std::int64_t attempt = 0;        ///< the run's attempt in which it last began; set by the journal
  std::int64_t begun = 0;          ///< how often it has begun; set by the journal
  Value result;
  bool lossy = false;              ///< the result held a secret or an unknown, which are not kept: what is here is starred
  std::optional<Error> error;
  double started = 0, ended = 0;
};

struct EffectRecord {
  std::uint64_t id = 0;            ///< of the gate: counts from 1 within an attempt
  std::uint64_t parent = 0;        ///< the composite it is part of, or 0
  std::int64_t attempt = 0;        ///< set by the journal
  std::string step;
  std::string operation;           ///< "docker.container_create"
  std::string effect;              ///< "change" or "destroy"; "revert": it put back a change of the same operation and arguments
  Value args;
  bool args_lossy = false;         ///< the arguments held a secret: what is here is starred
  std::string diff;
  std::string where;
  State state = State::kStarted;
  bool changed = false;
  Value before;                    ///< what the operation's capture read; null where it has none
  bool before_lossy = false;       ///< it held a secret: what is here must not be restored
  Value result;
  std::optional<Error> error;
  double started = 0, ended = 0;

  bool finished() const { return state != State::kStarted && state != State::kUnknown; }
};

struct LineRecord {
  std::int64_t seq = 0;            ///< grows within the journal; what `logs --follow` goes on from
  std::int64_t attempt = 0;
  std::string step;
  std::uint64_t effect = 0;        ///< 0: the script's own
  std::string stream;              ///< stdout, stderr, print, log, ...
  std::string text;
  double time = 0;
};

}  // namespace runbook::journal

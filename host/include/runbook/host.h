// SPDX-License-Identifier: Apache-2.0
//
// Start here to embed runbook: make a Host, add modules, run a file, receive events.
//
//   runbook::Host host;
//   runbook::add_builtin_modules(host);
//   host.add(acme::kModule);
//   runbook::RunReport report = host.run({.file = "deploy.lua", .allow = {"net=https://example.org"}});
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runbook/limits.h"
#include "runbook/module.h"
#include "runbook/result.h"
#include "runbook/value.h"

namespace runbook {

enum class Mode { kApply, kDryRun, kResume, kUndo };
const char* to_string(Mode mode);

/// The statuses that a program ends with.
namespace exit_code {
inline constexpr int kOk = 0, kFailed = 1, kUsage = 2, kPending = 3, kPartial = 4, kDenied = 5, kLocked = 6, kApproval = 7,
                     kTests = 8, kStale = 9, kCpu = 10, kMemory = 11, kLimit = 12, kInternal = 70, kDeadline = 124,
                     kInterrupted = 130;
}

struct RunOptions {
  std::string file;                        ///< path of the runbook
  std::optional<std::string> code;         ///< run this text instead; `file` then only names it
  Mode mode = Mode::kApply;
  std::string run_id;                      ///< of the run to resume or undo: an id, its beginning, or "last"
  bool dry_undo = false;                   ///< of Mode::kUndo: show what it would change, and change nothing

  std::vector<std::string> arguments;      ///< parameters as given: "--service", "nmpi", "--colour=green"
  Value params_file;                       ///< the object of --params, or null
  std::vector<std::string> allow, deny;    ///< "net=https://example.org"
  std::vector<std::string> limits;         ///< "cpu=1s"
  std::string inventory;                   ///< file of the hosts, over the one that the runbook names; empty: none
  std::vector<std::string> hosts;          ///< patterns: the only hosts of an inventory that are used; none: all
  int forks = 0;                           ///< the most hosts of a rollout at once; 0: as the runbook says
  std::optional<std::string> on_failure;   ///< "keep" or "undo", over the declaration's
  std::vector<std::string> redo, accept;   ///< paths of steps to run again, or to take as done
  bool yes = false;                        ///< destructive effects need no confirmation
  std::vector<std::string> confirm;        ///< names of what may be destroyed
  bool spec = false;                       ///< the file is a spec: collect its tests and run them
  std::string filter;                      ///< of a spec's tests, those whose names contain this
  bool coverage = false;                   ///< of a spec: tell which lines and branches ran, in an event `coverage`
  double test_timeout = 60;                ///< seconds of real time that a test may take
  bool faults = false;                     ///< of a spec: break off and fail the runs that it says survive that
  Value plan;                              ///< a saved plan: stop before the first effect that differs from it
  /// Of a dry run: what is not permitted is planned too; see RunReport::permissions. Of a spec: each run in it that is no
  /// dry run is told in an event `test.run` {file, permissions, undeclared, unused}.
  bool propose = false;
  std::string record;                      ///< a new file to write the effects to, for `replay`
  std::string replay;                      ///< such a file: it answers in place of the world. `file` may then be empty
  double lock_wait = 0;                    ///< seconds to wait for a lock that is held

  std::string state_directory;             ///< empty: as the environment says
  std::function<void(const Value&)> on_event;
  /// Asks a person for a parameter or a confirmation; absent: nobody is there. The answer to a question that begins
  /// with "secret " is not to be shown.
  std::function<std::optional<std::string>(const std::string& question, const std::string& problem)> ask;
};

struct RunReport {
  std::string id;                          ///< of the run in the journal; empty where nothing was written
  std::string state;                       ///< "done", "failed", "cancelled", "planned", "refused"
  int exit = exit_code::kOk;
  std::optional<Error> error;
  int changed = 0, unchanged = 0, planned = 0;
  int passed = 0, failed = 0, skipped = 0; ///< tests of a spec
  Value plan;                              ///< of a dry run: what would change, with its hash
  /// Where it was to propose them: {permissions = the least table, undeclared = [...], unused = [...],
  /// withheld_reads = how many reads were not made because they are not permitted}.
  Value permissions;
  std::vector<std::string> unasked;        ///< of a replay: recorded calls that did not come
};

/// What a file declares, read without running it.
struct FileInfo {
  bool plain = false;                      ///< declares nothing: a plain script
  Value declaration;                       ///< see `runbook help FILE --json`
  std::string hash;                        ///< SHA-256 of the text
};

class Host {
 public:
  Host();
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  /// Adds a module. REQUIRES: its name is not taken; `module` outlives the host.
  void add(const Module& module);
  const std::vector<const Module*>& modules() const;

  /// Runs a file to its end on the calling thread. One run at a time for each host.
  RunReport run(const RunOptions& options);

  /// Reads what a file declares, without effects.
  Result<FileInfo> read(const std::string& file);

  /// Cancels the run: what it has open is closed, undo handlers run. Async-signal-safe. A second call ends the process
  /// with 130; the run can be resumed.
  void interrupt();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Adds the modules that runbook is built with.
void add_builtin_modules(Host& host);

/// Runs the command line of `runbook` on this host; gives the exit status.
int cli_main(Host& host, int argc, char** argv);

}  // namespace runbook

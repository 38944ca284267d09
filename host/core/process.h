// SPDX-License-Identifier: Apache-2.0
//
// Child processes on the loop. Every child leads a process group of its own, gets the three standard descriptors and no
// other one of ours, default signal handling, and exactly the environment that it is given. It is watched through a
// pidfd, so no SIGCHLD handler is needed and a host program that embeds the library keeps its own.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/core/files.h"
#include "runbook/world.h"

namespace runbook {

enum class Stream { kOut, kError };

struct ProcessOptions {
  std::vector<std::string> argv;           ///< the first one is an absolute path
  std::string cwd = "/";
  std::map<std::string, std::string> env;  ///< the whole environment
  std::string input;                       ///< what it reads from its standard input; else that is /dev/null
  std::function<void(Stream, std::string_view)> on_output;
  double grace = 5;                        ///< seconds between SIGTERM and SIGKILL, to the whole group
};

struct ProcessExit {
  int code = 0;    ///< of exit(); -1 after a signal
  int signal = 0;  ///< that ended it, or 0
  double seconds = 0;
};

/// The children of a run: a service of the World.
class Processes {
 public:
  explicit Processes(World& world) : Processes(world.loop()) {}
  explicit Processes(Loop& loop);
  /// Stops and reaps what still runs: waits for it for two seconds, then kills it. Detached ones stay.
  virtual ~Processes();
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  /// Runs a program to its end. Cancelling sends SIGTERM to its group, SIGKILL to what is left of it when the program
  /// has ended or the grace is over, and reaps it. Output that comes after the end, from a process left behind in the
  /// background that still holds the pipe, is waited for half a second.
  virtual Cancel start(ProcessOptions options, Callback<void(Result<ProcessExit>)> done);

  /// Reaps a detached child if it ends while this process still runs.
  void adopt(pid_t pid);

  int running() const;

  struct Child;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Starts a program in a session of its own that outlives this process, with its output appended to the open file `log`
/// (or to nothing, where that is negative). May be called on any thread; see Processes::adopt.
Result<pid_t> start_detached(const ProcessOptions& options, int log);

/// The program that `name` means on a machine with these files: itself where it is absolute, else the first executable of
/// that name in the directories of kProgramPath ("process.not_found").
Result<std::string> find_program(const std::string& name, const files::Tree& files = files::Tree::real());
inline constexpr const char* kProgramPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// PATH, HOME, USER, LOGNAME, LANG and TZ: what every child gets. Nothing else is handed down from this process.
std::map<std::string, std::string> minimal_environment();

/// What tells one process from a later one with the same number: its start in clock ticks since boot; 0 when there is
/// none (a zombie counts as none).
unsigned long long process_start_ticks(pid_t pid);

}  // namespace runbook

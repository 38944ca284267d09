// SPDX-License-Identifier: Apache-2.0
//
// Somewhere else that has a POSIX sh: a machine over SSH, a container. What there is to do there (files, programs,
// processes) is written once, as scripts for sh, and goes through this.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runbook/callback.h"
#include "runbook/operation.h"
#include "runbook/result.h"

namespace runbook {

struct RemoteExit {
  int code = 0;        ///< -1 after a signal
  std::string signal;  ///< "KILL", or empty
};

/// A terminal for the program; without one its standard error stays a stream of its own.
struct RemoteTerminal {
  int columns = 80;
  int rows = 24;
};

struct RemoteCommand {
  std::vector<std::string> argv;  ///< quoted by the transport; {"sh", "-c", script} for a script
  const RemoteTerminal* terminal = nullptr;
  /// Output as it comes, standard error second.
  std::function<void(bool is_error, std::string_view bytes)> on_output;
  /// Called once, after the last output. A lost connection, a refusal, a key that has changed are errors here.
  Callback<void(Result<RemoteExit>)> on_exit;
};

/// One program that runs there. Dropping it cancels: nothing is called any more, and what was started is ended in the
/// background (its process group is sent TERM, then KILL), also where the transport itself cannot do so.
class RemoteProcess {
 public:
  virtual ~RemoteProcess() = default;
  /// Adds to its standard input; `written` is called when there is room for more. Bytes given before the program has
  /// started are kept.
  virtual void write(std::string bytes, Callback<void(Status)> written) = 0;
  /// The end of its standard input.
  virtual void end_input() = 0;
  /// While true no output is taken: the sender waits.
  virtual void set_paused(bool paused) = 0;
};

class RemoteShell {
 public:
  virtual ~RemoteShell() = default;
  /// Connects where needed. Errors, the first ones included, arrive at on_exit and never from inside this call.
  virtual std::unique_ptr<RemoteProcess> start(RemoteCommand command) = 0;
};

/// How `machine` reaches a kind of place that is not this computer; see Module::shell.
struct ShellRoute {
  const char* kind;  ///< of the handle's target: "ssh", "container"
  /// What doing `verb` ("write") to `name` ("/etc/motd") there touches, and what the way there does.
  std::vector<Access> (*access)(World& world, const Value& target, const char* verb, const std::string& name);
  /// Cheap: a description of the way. The first command connects.
  std::shared_ptr<RemoteShell> (*open)(World& world, const Value& target);
};

/// The routes of a run: a service of the World.
class ShellRoutes {
 public:
  explicit ShellRoutes(World&) {}
  void add(const ShellRoute& route) { routes_.push_back(&route); }
  /// Null for a kind that no module opens.
  const ShellRoute* find(std::string_view kind) const {
    for (const ShellRoute* route : routes_) {
      if (kind == route->kind) return route;
    }
    return nullptr;
  }

 private:
  std::vector<const ShellRoute*> routes_;
};

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
// One Lua virtual machine whose scripts reach nothing but themselves and what the host hands to them, within
// limits they cannot escape.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "host/script/lua_api.h"
#include "host/script/sandbox/account.h"
#include "host/script/sandbox/await.h"
#include "runbook/limits.h"
#include "runbook/result.h"

namespace runbook::script {

struct Core;

/// The limit that ended a script.
enum class Verdict { kNone, kCpu, kMemory, kOutput, kTasks, kInstructions };
const char* to_string(Verdict verdict);
/// 10 cpu, 11 memory, 12 output, tasks and instructions; 0 for kNone.
int exit_status(Verdict verdict);

/// What the host answers to `require "name"`.
struct Resolved {
  enum class Kind {
    kMissing,  ///< `detail` says where it was looked for
    kSource,   ///< `source` is run as a chunk called `chunk`
    kPushed,   ///< the host has pushed the module's value on the stack
  };
  Kind kind = Kind::kMissing;
  std::string source;
  std::string chunk;   ///< "lib/site.lua", as errors show it
  std::string detail;  ///< "not in ./, lib/ and not built in"
};
using Resolver = std::function<Resolved(lua_State*, const std::string& name)>;

/// A longer source text is refused, so that parsing cannot take long.
inline constexpr std::size_t kMaxChunk = std::size_t{1} << 20;

/// Confined to the thread that first enters it.
class Sandbox {
 public:
  static Result<std::unique_ptr<Sandbox>> create(const Limits& limits);
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  /// The sandbox that a coroutine belongs to.
  static Sandbox& of(lua_State* L);

  /// The main state: make coroutines of it, and run scripts only inside those.
  lua_State* state() const;
  /// Pushes a new coroutine on state()'s stack, where the caller finds it a lasting place. Fails, where
  /// lua_newthread outside of a protected call would abort the process, when there is no memory left.
  Result<lua_State*> new_coroutine();
  Account& account();
  const Limits& limits() const;

  /// Free for the host: what its functions find from any lua_State of this machine.
  void set_user(void* user) { user_ = user; }
  void* user() const { return user_; }

  /// Receives what `print` writes: the line, without the newline, and as the script made it (see printable()).
  void set_print(std::function<void(std::string_view)> sink);
  void set_resolver(Resolver resolver);
  /// Asked after pcall and its like have caught an error (on top of the stack): true passes it on nevertheless.
  void set_must_reraise(std::function<bool(lua_State*)> asked);
  /// Shown every error as it is raised, on top of the stack, which it may replace; `level` is the function that raised.
  void set_on_error(void (*on_error)(lua_State* L, int level));
  /// Pushes the message handler that does so, for a protected call of the host's own; false, and nothing, where there
  /// is none to be called.
  static bool push_error_handler(lua_State* L);

  /// Where `flag` goes up, from any thread or signal handler, while a script computes without waiting, it is taken down
  /// and `interrupt` is called on the script's next instruction; it may raise. REQUIRES: the flag outlives the sandbox.
  void set_interrupt(std::atomic<bool>* flag, std::function<void(lua_State*)> interrupt);
  /// Called from a signal handler, so only async-signal-safe, when a script does not end 300 ms of CPU time
  /// after a limit was met. The default writes a line to stderr and ends the process with exit_status().
  void set_fatal(void (*fatal)(Verdict));

  /// Pushes the chunk as a function. `name` is what errors show, "deploy.lua". A first line with #! is skipped.
  Status load(lua_State* L, std::string_view source, const std::string& name);

  /// Pops a value and makes it a global that scripts may read. lua_setglobal does not do: globals are strict.
  void set_global(lua_State* L, const char* name);

  /// Around each lua_resume (or pcall) of a script: the CPU limit counts from enter to leave.
  void enter(lua_State* L);
  void leave();
  class Slice {
   public:
    Slice(Sandbox& sandbox, lua_State* L) : sandbox_(sandbox) { sandbox_.enter(L); }
    ~Slice() { sandbox_.leave(); }
    Slice(const Slice&) = delete;
    Slice& operator=(const Slice&) = delete;

   private:
    Sandbox& sandbox_;
  };

  /// Ends the script with a limit's verdict: raises what no pcall stops.
  [[noreturn]] void kill(lua_State* L, Verdict verdict);
  /// Call from host loops that a script can make long: raises where the script has been killed meanwhile.
  void check(lua_State* L);
  /// Counts text shown on the script's behalf; raises kOutput where it is too much.
  void charge_output(lua_State* L, std::size_t bytes);
  /// Counts a task; raises kTasks where there are too many.
  void begin_task(lua_State* L);
  void end_task();

  /// The limit met, if any. Memory counts only once classify() has seen the uncaught error.
  Verdict verdict() const;
  /// To be told of an error nothing caught (`index` is the error value); gives the verdict it amounts to.
  Verdict classify(lua_State* L, int index);
  /// The same for an error whose text the host has put elsewhere.
  Verdict classify(std::string_view message);
  /// "deploy.lua:12: the cpu limit of 10 s was met", for the verdict; empty for none.
  std::string explain() const;

 private:
  explicit Sandbox(const Limits& limits);
  std::unique_ptr<Core> core_;
  void* user_ = nullptr;
};

/// The error value as text for people: never raises, never takes long, whatever its __tostring does.
std::string describe_error(lua_State* L, int index);

/// Closes a coroutine's pending <close> variables, without waiting, at a bounded depth. Leaves true, or false and
/// the error, on L's stack; gives their number.
int close_coroutine(lua_State* L, lua_State* coroutine);

/// Call for every new coroutine. Lua before 5.4.5 crashes where `a .. b .. c` calls a __concat and the stack has to
/// move meanwhile: with this much room from the start, a __concat written in C does not make it move.
void prepare_coroutine(lua_State* coroutine);

/// Whether this build of Lua runs C++ destructors when it raises: everything here counts on it.
bool lua_unwinds_destructors();

}  // namespace runbook::script

// SPDX-License-Identifier: Apache-2.0
// What the parts of the sandbox share; not for others.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "host/script/sandbox/sandbox.h"
#include "host/script/sandbox/watchdog.h"

namespace runbook::script {

/// A coroutine being resumed or closed by the script: innermost first. Lives on the C stack.
struct ResumeFrame {
  lua_State* from;
  lua_State* coroutine;
  ResumeFrame* outer;
};

struct Core {
  explicit Core(const Limits& limits_in) : limits(limits_in), account(limits_in.memory_bytes) {}

  const Limits limits;
  Account account;
  Watchdog watchdog;
  lua_State* main = nullptr;
  Sandbox* owner = nullptr;
  Verdict soft_verdict = Verdict::kNone;  ///< memory: not killed, but nothing caught the error
  std::string where;                      ///< "deploy.lua:12", where a limit was met

  std::size_t output = 0;
  int tasks = 0;
  std::int64_t instructions = 0;

  std::function<void(std::string_view)> print;
  Resolver resolver;
  std::function<bool(lua_State*)> must_reraise;
  void (*on_error)(lua_State*, int) = nullptr;
  std::atomic<bool>* interrupt_flag = nullptr;
  std::function<void(lua_State*)> interrupt;

  ResumeFrame* frames = nullptr;
  int close_depth = 0;
  std::vector<std::string> loading;  ///< the modules whose top level is running, outermost first
  std::uint64_t salt = 0;            ///< hides addresses in tostring
};

inline Core& core_of(lua_State* L) { return **static_cast<Core**>(lua_getextraspace(L)); }

/// Raises the kill on this state, and at the next instruction of whatever its unwinding runs.
[[noreturn]] void raise_kill(lua_State* L);
inline void check_kill(lua_State* L) {
  if (core_of(L).watchdog.killed()) raise_kill(L);
}
/// Lets the host raise where somebody wants the script to end.
inline void check_interrupt(lua_State* L) {
  Core& core = core_of(L);
  if (core.interrupt_flag && core.interrupt_flag->exchange(false)) core.interrupt(L);
}
/// Whether an error just caught must go on: the script was killed, or the host says so.
inline bool passes_on(lua_State* L) {
  const Core& core = core_of(L);
  return core.watchdog.killed() || (core.must_reraise && core.must_reraise(L));
}
void count_instructions(lua_State* L, int extra);
/// How many instructions pass between two looks at the budget; every new coroutine is charged as many.
inline constexpr int kInstructionGrain = 100;

/// Counts the turns of a loop in C, and looks for a kill or an interrupt now and then.
class Ticker {
 public:
  explicit Ticker(lua_State* L) : L_(L) {}
  void operator()() {
    if ((++turns_ & 4095U) != 0) return;
    check_kill(L_);
    check_interrupt(L_);
  }

 private:
  lua_State* L_;
  unsigned turns_ = 0;
};

/// Like luaL_tolstring, but shows no addresses.
const char* push_display(lua_State* L, int index, std::size_t* length);

/// Raises an error at the caller's line.
[[noreturn]] void raise(lua_State* L, const std::string& message);

/// A chunk of source that this Lua would crash on, or that is none; empty where it is fine.
std::string refuse_source(std::string_view source);

/// Pops a library and makes it a global, known by its name to error messages.
void publish(lua_State* L, const char* name);

// Each leaves the stack as it found it, with its functions in place.
void open_base(lua_State* L);
void open_pairs(lua_State* L);
void open_globals(lua_State* L);
void open_require(lua_State* L);
void open_coroutine(lua_State* L);
void open_string(lua_State* L);
void open_pattern(lua_State* L);
void open_table(lua_State* L);
void open_os(lua_State* L);

}  // namespace runbook::script

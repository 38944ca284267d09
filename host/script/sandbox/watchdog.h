// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <csignal>
#include <ctime>

#include "host/script/lua_api.h"

namespace runbook::script {

enum class Verdict;

/// Ends a script that computes for too long. A timer on the thread's CPU clock ticks by a signal to that same
/// thread; the tick that finds the limit passed arms a hook on the lua_State then running. No hook is set before
/// that (a hook slows every instruction), and entering and leaving a slice are two stores. A thread that waits
/// uses no CPU time and gets no signals.
class Watchdog {
 public:
  Watchdog() = default;
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Zero seconds: no limit, but a script killed for another reason is still ended.
  void configure(double cpu_seconds, lua_Hook hook);
  void set_fatal(void (*fatal)(Verdict)) { fatal_ = fatal; }
  /// A flag that, while it is up, has the hook armed on a script that computes.
  void set_interrupt(const std::atomic<bool>* flag) { interrupt_ = flag; }

  void enter(lua_State* L);
  void leave();
  /// The state whose code runs now: own coroutine.resume and close keep it up to date.
  void set_running(lua_State* L) { running_ = L; }
  lua_State* running() const { return running_; }

  void kill(Verdict verdict);
  bool killed() const { return verdict_ != 0; }
  Verdict verdict() const { return static_cast<Verdict>(static_cast<int>(verdict_)); }

  /// A short limit of its own for host code that must call into the script: from begin_brief to end_brief a kill
  /// is temporary, and what counted before goes on counting after.
  struct Brief {
    lua_State* running;
    int verdict;
    int ticks;
    int limit_ticks;
    int killed_ticks;
    bool entered;
  };
  Brief begin_brief(lua_State* L, double cpu_seconds);
  void end_brief(const Brief& brief);

 private:
  static void on_signal(int signal);
  void tick();
  void start_timer();

  // Read and written by the signal handler on this thread, between any two instructions.
  lua_State* volatile running_ = nullptr;
  volatile sig_atomic_t verdict_ = 0;
  volatile sig_atomic_t ticks_ = 0;
  volatile sig_atomic_t limit_ticks_ = 0;
  volatile sig_atomic_t killed_ticks_ = 0;

  const std::atomic<bool>* interrupt_ = nullptr;
  lua_Hook hook_ = nullptr;
  void (*fatal_)(Verdict) = nullptr;
  double tick_seconds_ = 0.05;
  int grace_ticks_ = 6;
  timer_t timer_{};
  pid_t thread_ = 0;  ///< the timer's; 0 before the first enter
  Watchdog* outer_ = nullptr;  ///< another sandbox's, entered on this thread when this one was
};

}  // namespace runbook::script

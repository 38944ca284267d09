// SPDX-License-Identifier: Apache-2.0
#include "host/script/sandbox/watchdog.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "host/script/sandbox/sandbox.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace runbook::script {
namespace {

constexpr double kGrace = 0.3;

/// A script that has computed for less reaches its next wait by itself, where an interrupt does it the least harm.
constexpr int kInterruptTicks = 2;

/// Nothing else of ours uses it, and the shells' and profilers' signals stay free.
int watchdog_signal() { return SIGRTMIN + 5; }

thread_local Watchdog* volatile entered_here = nullptr;

void end_process(Verdict verdict) {
  const char* what = to_string(verdict);
  const char* pieces[] = {"runbook: killed: the script met its ", what, " limit and could not be interrupted\n"};
  for (const char* piece : pieces) {
    if (::write(STDERR_FILENO, piece, std::strlen(piece)) < 0) break;
  }
  ::_exit(exit_status(verdict));
}

}  // namespace

void Watchdog::configure(double cpu_seconds, lua_Hook hook) {
  hook_ = hook;
  tick_seconds_ = cpu_seconds > 0 ? std::clamp(cpu_seconds / 16, 0.004, 0.05) : 0.05;
  limit_ticks_ = cpu_seconds > 0 ? static_cast<int>(std::ceil(std::min(cpu_seconds / tick_seconds_, 1e9))) : 0;
  grace_ticks_ = static_cast<int>(std::ceil(kGrace / tick_seconds_));
}

Watchdog::~Watchdog() {
  if (thread_ != 0) timer_delete(timer_);
  if (entered_here == this) entered_here = outer_;
}

void Watchdog::start_timer() {
  const auto self = static_cast<pid_t>(::syscall(SYS_gettid));
  if (thread_ != 0) timer_delete(timer_);
  struct sigaction action {};
  action.sa_handler = &Watchdog::on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(watchdog_signal(), &action, nullptr);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, watchdog_signal());
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);

  struct sigevent event {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = watchdog_signal();
  event.sigev_notify_thread_id = self;
  if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_) != 0) return;
  thread_ = self;
  const auto nanoseconds = static_cast<long>(tick_seconds_ * 1e9);
  const timespec interval{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
  const itimerspec spec{interval, interval};
  timer_settime(timer_, 0, &spec, nullptr);
}

void Watchdog::enter(lua_State* L) {
  if (thread_ == 0) start_timer();
  outer_ = entered_here == this ? nullptr : entered_here;
  ticks_ = 0;
  running_ = L;
  entered_here = this;
  if (killed()) lua_sethook(L, hook_, LUA_MASKCOUNT, 1);
}

void Watchdog::leave() {
  entered_here = outer_;
  running_ = nullptr;
}

void Watchdog::kill(Verdict verdict) {
  if (!killed()) {
    killed_ticks_ = 0;
    verdict_ = static_cast<int>(verdict);
  }
}

void Watchdog::on_signal(int) {
  if (Watchdog* self = entered_here) self->tick();
}

void Watchdog::tick() {
  lua_State* L = running_;
  if (L == nullptr) return;
  ticks_ = ticks_ + 1;
  if (!killed() && limit_ticks_ != 0 && ticks_ >= limit_ticks_) kill(Verdict::kCpu);
  const bool interrupted = interrupt_ != nullptr && ticks_ >= kInterruptTicks && interrupt_->load(std::memory_order_relaxed);
  if (!killed() && !interrupted) return;
  // Again on every tick: a hook set while Lua is between two frames may go unnoticed.
  lua_sethook(L, hook_, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
  if (!killed()) return;
  killed_ticks_ = killed_ticks_ + 1;
  if (killed_ticks_ > grace_ticks_) (fatal_ != nullptr ? fatal_ : end_process)(verdict());
}

Watchdog::Brief Watchdog::begin_brief(lua_State* L, double cpu_seconds) {
  const bool entered = entered_here == this;
  const Brief before{running_, verdict_, ticks_, limit_ticks_, killed_ticks_, entered};
  verdict_ = 0;
  if (!entered) enter(L);
  ticks_ = 0;
  limit_ticks_ = std::max(2, static_cast<int>(cpu_seconds / tick_seconds_));
  running_ = L;
  return before;
}

void Watchdog::end_brief(const Brief& before) {
  if (!before.entered) leave();
  running_ = before.running;
  limit_ticks_ = before.limit_ticks;
  ticks_ = before.ticks;
  killed_ticks_ = before.killed_ticks;
  verdict_ = before.verdict;
}

}  // namespace runbook::script

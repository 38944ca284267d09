// SPDX-License-Identifier: Apache-2.0
// The limit of time of a test. It is of real time, also where the test's own time is virtual.
#include "host/core/text.h"
#include "host/run/spec.h"
#include "host/script/errors.h"
#include "host/script/scheduler.h"
#include "host/script/vm.h"

namespace runbook {
namespace {

using Clock = std::chrono::steady_clock;

SpecNatives& natives_of(lua_State* L) { return *static_cast<SpecNatives*>(lua_touserdata(L, lua_upvalueindex(1))); }

// core.test_begins(name, where)
int test_begins(lua_State* L) {
  SpecNatives& natives = natives_of(L);
  natives.test = luaL_checkstring(L, 1);
  natives.test_where = luaL_checkstring(L, 2);
  natives.on_begin();
  return 0;
}

// core.test_guard(task)
int test_guard(lua_State* L) {
  natives_of(L).guard(script::Scheduler::of(L).find(static_cast<std::uint64_t>(luaL_checkinteger(L, 1))));
  return 0;
}

// core.test_unguard() -> why the task was stopped, nil where it was not
int test_unguard(lua_State* L) {
  const auto why = natives_of(L).unguard();
  why ? script::push_error(L, *why) : lua_pushnil(L);
  return 1;
}

}  // namespace

void SpecNatives::guard(std::shared_ptr<script::Task> task) {
  guarded_ = std::move(task);
  stopped_.reset();
  deadline_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(timeout));
  // A wait of the loop comes back for it; where time is virtual, who turns the loop looks at the clock.
  if (!vm->loop().virtual_time()) wake_ = vm->loop().after(seconds(timeout), [] {});
}

std::optional<Error> SpecNatives::unguard() {
  if (wake_) wake_();
  wake_.reset();
  guarded_.reset();
  return std::exchange(stopped_, std::nullopt);
}

void SpecNatives::stop(Error why) {
  if (!guarded_ || stopped_) return;
  stopped_ = std::move(why);
  runs.clear();
  vm->scheduler().cancel(*guarded_);
}

bool SpecNatives::overdue() {
  if (!guarded_ || Clock::now() < deadline_) return false;
  stop(Error("test.timeout", cat("the test was not finished after ", show_duration(timeout)),
             "--timeout gives tests more time"));
  return true;
}

void add_guard_natives(lua_State* L, SpecNatives& natives) {
  const luaL_Reg functions[] = {
      {"test_begins", test_begins}, {"test_guard", test_guard}, {"test_unguard", test_unguard}, {nullptr, nullptr}};
  lua_pushlightuserdata(L, &natives);
  luaL_setfuncs(L, functions, 1);
}

}  // namespace runbook

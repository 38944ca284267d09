// SPDX-License-Identifier: Apache-2.0
// How a primitive waits. It yields kAwaitSentinel; the sandbox's own coroutine library passes that outward through
// any coroutines of the script until the task's outermost one yields it to the scheduler.
#pragma once

#include "host/script/lua_api.h"

namespace runbook::script {

namespace detail {
inline constexpr char kAwaitMark = 0;
}

/// The one value a waiting primitive yields. It stays on top of every stack it passed for as long as the wait
/// lasts (that marks a coroutine as waiting): whoever resumes pops it first.
inline void* await_sentinel() { return const_cast<char*>(&detail::kAwaitMark); }

/// Whether the coroutine is suspended in a wait.
bool is_waiting(lua_State* L);

/// Whether a primitive called now may wait: neither L nor any coroutine that resumed it is inside a C call that
/// cannot be left (a sort comparator, a gsub callback, the top level of a module).
bool can_wait(lua_State* L);

/// Raises the error that says why a wait is impossible here. REQUIRES: !can_wait(L)
[[noreturn]] void raise_cannot_wait(lua_State* L);

/// Waits: yields the sentinel, and calls `finish` at the same place once the task is resumed. Return its result.
inline int await(lua_State* L, lua_KContext context, lua_KFunction finish) {
  if (!can_wait(L)) raise_cannot_wait(L);
  lua_pushlightuserdata(L, await_sentinel());
  return lua_yieldk(L, 1, context, finish);
}

}  // namespace runbook::script

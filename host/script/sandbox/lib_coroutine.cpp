// SPDX-License-Identifier: Apache-2.0
// Coroutines whose resume passes waits outward and kills onward, and keeps the watchdog's pointer to what runs.
#include "host/script/sandbox/core.h"

namespace runbook::script {
namespace {

constexpr int kMaxCloseDepth = 20;

int reset_thread(lua_State* co, lua_State* from) {
#if LUA_VERSION_RELEASE_NUM >= 50406
  return lua_closethread(co, from);
#else
  static_cast<void>(from);
  return lua_resetthread(co);
#endif
}

/// Makes `co` what runs for as long as it lives. Unwinds with C++ exceptions as Lua raises.
class Running {
 public:
  Running(lua_State* from, lua_State* co) : core_(core_of(from)), frame_{from, co, core_.frames} {
    core_.frames = &frame_;
    core_.watchdog.set_running(co);
  }
  ~Running() {
    core_.frames = frame_.outer;
    core_.watchdog.set_running(frame_.from);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Core& core_;
  ResumeFrame frame_;
};

bool is_resumed(lua_State* L) {
  const ResumeFrame* frame = core_of(L).frames;
  return frame != nullptr && frame->coroutine == L;
}

enum class Status { kRunning, kSuspended, kNormal, kDead };

Status status_of(lua_State* L, lua_State* co) {
  if (L == co) return Status::kRunning;
  switch (lua_status(co)) {
    case LUA_YIELD: return is_waiting(co) ? Status::kNormal : Status::kSuspended;
    case LUA_OK: {
      lua_Debug at;
      if (lua_getstack(co, 0, &at) != 0) return Status::kNormal;
      return lua_gettop(co) == 0 ? Status::kDead : Status::kSuspended;
    }
    default: return Status::kDead;
  }
}

const char* name_of(Status status) {
  switch (status) {
    case Status::kRunning: return "running";
    case Status::kSuspended: return "suspended";
    case Status::kNormal: return "normal";
    default: return "dead";
  }
}

lua_State* check_coroutine(lua_State* L, int index) {
  lua_State* co = lua_tothread(L, index);
  luaL_argexpected(L, co != nullptr, index, "coroutine");
  return co;
}

struct Outcome {
  int count;  ///< values moved to L's stack, or -1: an error value was
  bool waits;
};

Outcome run(lua_State* L, lua_State* co, int arguments) {
  int count = 0;
  int status = 0;
  {
    const Running running(L, co);
    status = lua_resume(co, L, arguments, &count);
  }
  check_kill(L);
  if (status == LUA_YIELD && is_waiting(co)) {
    if (lua_isyieldable(L) == 0) raise_cannot_wait(L);
    return {0, true};
  }
  if (status == LUA_OK || status == LUA_YIELD) {
    if (lua_checkstack(L, count + 1) == 0) {
      lua_pop(co, count);
      lua_pushliteral(L, "too many results to resume");
      return {-1, false};
    }
    lua_xmove(co, L, count);
    return {count, false};
  }
  if (const Core& core = core_of(L); core.on_error) core.on_error(co, 0);
  lua_xmove(co, L, 1);
  return {-1, false};
}

Outcome start(lua_State* L, lua_State* co, int arguments) {
  const Status status = status_of(L, co);
  if (status != Status::kSuspended) {
    const bool dead = status == Status::kDead;
    lua_pushfstring(L, "cannot resume %s coroutine", dead ? "dead" : "non-suspended");
    return {-1, false};
  }
  if (lua_checkstack(co, arguments) == 0) {
    lua_pushliteral(L, "too many arguments to resume");
    return {-1, false};
  }
  lua_xmove(L, co, arguments);
  return run(L, co, arguments);
}

Outcome go_on(lua_State* L, lua_State* co) {
  lua_pop(co, 1);  // the sentinel
  return run(L, co, 0);
}

int finish_resume(lua_State* L, int, lua_KContext);

int give_resume(lua_State* L, Outcome outcome) {
  if (outcome.waits) {
    lua_pushlightuserdata(L, await_sentinel());
    return lua_yieldk(L, 1, 0, finish_resume);
  }
  if (outcome.count < 0) {
    if (passes_on(L)) return lua_error(L);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
  }
  lua_pushboolean(L, 1);
  lua_insert(L, -(outcome.count + 1));
  return outcome.count + 1;
}

int finish_resume(lua_State* L, int, lua_KContext) { return give_resume(L, go_on(L, lua_tothread(L, 1))); }

int resume_coroutine(lua_State* L) {
  lua_State* co = check_coroutine(L, 1);
  return give_resume(L, start(L, co, lua_gettop(L) - 1));
}

int finish_wrap(lua_State* L, int, lua_KContext);

int give_wrap(lua_State* L, Outcome outcome) {
  if (outcome.waits) {
    lua_pushlightuserdata(L, await_sentinel());
    return lua_yieldk(L, 1, 0, finish_wrap);
  }
  if (outcome.count >= 0) return outcome.count;
  lua_State* co = lua_tothread(L, lua_upvalueindex(1));
  const int status = lua_status(co);
  if (status != LUA_OK && status != LUA_YIELD) {
    if (close_coroutine(L, co) == 2) {
      passes_on(L) ? lua_pop(L, 2) : lua_remove(L, -2);  // the `false`; what goes on is the error as it was raised
    } else {
      lua_pop(L, 1);
    }
  }
  if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

int finish_wrap(lua_State* L, int, lua_KContext) {
  return give_wrap(L, go_on(L, lua_tothread(L, lua_upvalueindex(1))));
}

int call_wrapped(lua_State* L) {
  return give_wrap(L, start(L, lua_tothread(L, lua_upvalueindex(1)), lua_gettop(L)));
}

int create_coroutine(lua_State* L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  count_instructions(L, kInstructionGrain);
  lua_State* co = lua_newthread(L);
  prepare_coroutine(co);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  return 1;
}

int wrap_coroutine(lua_State* L) {
  create_coroutine(L);
  lua_pushcclosure(L, call_wrapped, 1);
  return 1;
}

int yield_values(lua_State* L) {
  if (!is_resumed(L)) return luaL_error(L, "attempt to yield from outside a coroutine");
  return lua_yield(L, lua_gettop(L));
}

int is_yieldable(lua_State* L) {
  lua_State* co = lua_isnone(L, 1) ? L : check_coroutine(L, 1);
  lua_pushboolean(L, lua_isyieldable(co) != 0 && (co != L || is_resumed(L)));
  return 1;
}

int running_coroutine(lua_State* L) {
  lua_pushthread(L);
  lua_pushboolean(L, is_resumed(L) ? 0 : 1);
  return 2;
}

int show_status(lua_State* L) {
  lua_pushstring(L, name_of(status_of(L, check_coroutine(L, 1))));
  return 1;
}

int close_suspended(lua_State* L) {
  lua_State* co = check_coroutine(L, 1);
  const Status status = status_of(L, co);
  if (status != Status::kDead && status != Status::kSuspended) {
    return luaL_error(L, "cannot close a %s coroutine", name_of(status));
  }
  return close_coroutine(L, co);
}

}  // namespace

bool is_waiting(lua_State* L) {
  return lua_status(L) == LUA_YIELD && lua_gettop(L) > 0 && lua_touserdata(L, -1) == await_sentinel();
}

bool can_wait(lua_State* L) {
  if (lua_isyieldable(L) == 0) return false;
  for (const ResumeFrame* frame = core_of(L).frames; frame != nullptr; frame = frame->outer) {
    if (lua_isyieldable(frame->from) == 0) return false;
  }
  return true;
}

void prepare_coroutine(lua_State* coroutine) { lua_checkstack(coroutine, 2 * LUA_MINSTACK); }

void raise_cannot_wait(lua_State* L) {
  const Core& core = core_of(L);
  if (!core.loading.empty()) {
    raise(L, "module '" + core.loading.back() +
                 "' is being loaded: primitives cannot be used at the top level of a module, only in its functions");
  }
  raise(L, "cannot wait here: primitives cannot be used in a sort comparator, a gsub callback, or __tostring");
}

int close_coroutine(lua_State* L, lua_State* co) {
  Core& core = core_of(L);
  if (core.close_depth >= kMaxCloseDepth) return luaL_error(L, "too many coroutines being closed inside one another");
  struct Depth {
    int& depth;
    explicit Depth(int& value) : depth(value) { ++depth; }
    ~Depth() { --depth; }
  };
  int status = 0;
  {
    const Depth depth(core.close_depth);
    const Running running(L, co);
    status = reset_thread(co, L);
  }
  check_kill(L);
  if (status == LUA_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushboolean(L, 0);
  lua_xmove(co, L, 1);
  return 2;
}

void open_coroutine(lua_State* L) {
  const luaL_Reg functions[] = {{"create", create_coroutine},   {"wrap", wrap_coroutine},       {"resume", resume_coroutine},
                                {"yield", yield_values},     {"status", show_status},   {"running", running_coroutine},
                                {"close", close_suspended},     {"isyieldable", is_yieldable},
                                {nullptr, nullptr}};
  luaL_newlib(L, functions);
  publish(L, "coroutine");
}

}  // namespace runbook::script

// SPDX-License-Identifier: Apache-2.0
//
// Where a dry run's plan ends. Operators and calls tell an unknown by its metatable; library functions, `for` and the
// checks of our own Lua do not, they find a value of the wrong type and raise. Here such an error is looked at while
// the function that raised it is still there: with an unknown among its values it is no mistake of the script.
#include "host/script/unknown_errors.h"

#include <cstring>
#include <optional>

#include "host/script/errors.h"
#include "host/script/sandbox/sandbox.h"
#include "host/script/scheduler.h"
#include "host/script/values.h"

namespace runbook::script {
namespace {

using Found = std::optional<Value::Unknown>;

Found unknown_in(lua_State* L, int index) {
  if (const auto* unknown = unknown_at(L, index)) return *unknown;
  return std::nullopt;
}

// The value itself, or what stands directly in it: the table of a function's options.
Found unknown_inside(lua_State* L, int index) {
  if (!lua_istable(L, index)) return unknown_in(L, index);
  Found found;
  const int table = lua_absindex(L, index);
  lua_pushnil(L);
  while (lua_next(L, table) != 0) {
    if (!found) found = unknown_in(L, -1);
    lua_pop(L, 1);
  }
  return found;
}

template <class Look>
Found among_values(lua_State* L, lua_Debug& frame, Look look) {
  Found found;
  const char* name = nullptr;
  for (int i = 1; !found && (name = lua_getlocal(L, &frame, i)) != nullptr; ++i) {
    found = look(name);
    lua_pop(L, 1);
  }
  return found;
}

// "bad argument #1 to 'rep' (number expected, got userdata)", "'for' limit must be a number"
Found behind_text(lua_State* L, int level) {
  const bool loop = std::strstr(lua_tostring(L, -1), "'for' ") != nullptr;
  lua_Debug frame;
  if (lua_getstack(L, level, &frame) == 0) return std::nullopt;
  lua_getinfo(L, "S", &frame);
  const bool native = std::strcmp(frame.what, "C") == 0;
  if (!native && !loop) return std::nullopt;
  return among_values(L, frame, [&](const char* name) -> Found {
    return native || std::strcmp(name, "(for state)") == 0 ? unknown_in(L, -1) : std::nullopt;
  });
}

bool is_about_arguments(lua_State* L) {
  lua_pushliteral(L, "code");
  lua_rawget(L, -2);
  const bool about = lua_type(L, -1) == LUA_TSTRING && std::strncmp(lua_tostring(L, -1), "argument.", 9) == 0;
  lua_pop(L, 1);
  return about;
}

// What our own Lua found wrong with its arguments, as far as it is our own that runs.
Found behind_check(lua_State* L, int level) {
  Found found;
  lua_Debug frame;
  for (; !found && lua_getstack(L, level, &frame) != 0; ++level) {
    lua_getinfo(L, "S", &frame);
    if (std::strncmp(frame.source, "=[", 2) != 0) break;
    if (std::strcmp(frame.what, "C") == 0) continue;
    found = among_values(L, frame, [&](const char*) { return unknown_inside(L, -1); });
  }
  return found;
}

// error(u), error { code = "a.b", message = u }
Found in_error(lua_State* L) {
  if (!lua_istable(L, -1)) return unknown_in(L, -1);
  Found found;
  for (const char* field : {"code", "message"}) {
    lua_pushstring(L, field);
    lua_rawget(L, -2);
    if (!found) found = unknown_in(L, -1);
    lua_pop(L, 1);
  }
  return found;
}

// Upvalue: a stock function without upvalues.
int refusing(lua_State* L) {
  if (const auto* unknown = unknown_at(L, 1)) return raise_unknown(L, *unknown, "needed");
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

}  // namespace

void explain_unknown(lua_State* L, int level) {
  if (lua_checkstack(L, 10) == 0) return;
  Found found = in_error(L);
  if (!found && lua_type(L, -1) == LUA_TSTRING) found = behind_text(L, level);
  if (!found && lua_istable(L, -1) && is_about_arguments(L)) found = behind_check(L, level);
  if (!found) return;
  lua_pop(L, 1);
  Scheduler::of(L).begin_unwinding(Unwinding::kUnknown);
  Error error = unknown_error(*found, "needed");
  error.where = script_position(L);
  push_error(L, error);
}

void refuse_unknowns(lua_State* L) {
  lua_getglobal(L, "tonumber");
  lua_pushcclosure(L, refusing, 1);
  Sandbox::of(L).set_global(L, "tonumber");
  lua_getglobal(L, "math");
  for (const char* name : {"type", "tointeger"}) {
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, refusing, 1);
    lua_setfield(L, -2, name);
  }
  lua_pop(L, 1);
}

}  // namespace runbook::script

// SPDX-License-Identifier: Apache-2.0
// Error values as text. They come from scripts: their __tostring may loop, raise, or give megabytes.
#include <algorithm>
#include <cstdio>

#include "host/core/text.h"
#include "host/script/sandbox/core.h"

namespace runbook::script {

bool is_kill(lua_State* L, int index);

namespace {

constexpr std::size_t kLongest = 16384;
constexpr double kBudget = 0.1;

std::string copy(lua_State* L, int index) {
  std::size_t length = 0;
  const char* text = lua_tolstring(L, index, &length);
  std::string out(text, std::min(length, kLongest));
  if (length > kLongest) out += cat("... (", length, " bytes)");
  return out;
}

int display(lua_State* L) {
  if (luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL) {
    lua_pop(L, 1);
    push_display(L, 1, nullptr);
    return 1;
  }
  if (lua_type(L, 1) == LUA_TTABLE) {
    lua_pushliteral(L, "message");
    if (lua_rawget(L, 1) == LUA_TSTRING) return 1;
  }
  lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
  return 1;
}

std::string show_object(lua_State* L, int index) {
  Core& core = core_of(L);
  lua_State* main = core.main;
  const std::string fallback = cat("(error object is a ", luaL_typename(L, index), " value)");
  index = lua_absindex(L, index);
  if (lua_checkstack(L, 2) == 0 || lua_checkstack(main, 8) == 0) return fallback;
  const lua_Hook hook = lua_gethook(main);
  const int mask = lua_gethookmask(main);
  const int count = lua_gethookcount(main);
  const int top = lua_gettop(main);
  lua_pushcfunction(main, display);
  lua_pushvalue(L, index);
  if (L != main) lua_xmove(L, main, 1);
  lua_sethook(main, nullptr, 0, 0);
  const Watchdog::Brief brief = core.watchdog.begin_brief(main, kBudget);
  const int status = lua_pcall(main, 1, 1, 0);
  core.watchdog.end_brief(brief);
  lua_sethook(main, hook, mask, count);
  std::string out = status == LUA_OK && lua_type(main, -1) == LUA_TSTRING ? copy(main, -1) : fallback;
  lua_settop(main, top);
  return out;
}

}  // namespace

std::string describe_error(lua_State* L, int index) {
  switch (lua_type(L, index)) {
    case LUA_TSTRING: return copy(L, index);
    case LUA_TNUMBER: {
      char text[64];
      if (lua_isinteger(L, index) != 0) {
        std::snprintf(text, sizeof text, LUA_INTEGER_FMT, lua_tointeger(L, index));
      } else {
        std::snprintf(text, sizeof text, LUA_NUMBER_FMT, lua_tonumber(L, index));
      }
      return text;
    }
    case LUA_TNIL: return "nil";
    case LUA_TBOOLEAN: return lua_toboolean(L, index) != 0 ? "true" : "false";
    case LUA_TNONE: return "(no error value)";
    default: return is_kill(L, index) ? core_of(L).owner->explain() : show_object(L, index);
  }
}

}  // namespace runbook::script

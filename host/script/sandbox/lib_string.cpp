// SPDX-License-Identifier: Apache-2.0
// Strings: the stock library without dump, behind one metatable that scripts cannot reach.
#include "host/script/sandbox/core.h"

namespace runbook::script {

void open_string(lua_State* L) {
  lua_pushcfunction(L, luaopen_string);
  lua_call(L, 0, 1);
  lua_pushnil(L);
  lua_setfield(L, -2, "dump");
  lua_pushliteral(L, "");
  lua_getmetatable(L, -1);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 2);
  lua_setglobal(L, "string");
  lua_pushcfunction(L, luaopen_math);
  lua_call(L, 0, 1);
  lua_setglobal(L, "math");
  lua_pushcfunction(L, luaopen_utf8);
  lua_call(L, 0, 1);
  lua_setglobal(L, "utf8");
}

void open_pattern(lua_State*) {}

}  // namespace runbook::script

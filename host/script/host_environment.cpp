// SPDX-License-Identifier: Apache-2.0
#include "host/script/host_environment.h"

#include <initializer_list>

namespace runbook::script {
namespace {

const char kEnvironment = 0;

// Pushes a copy of the table at `index`, by raw reads.
void push_copy(lua_State* L, int index) {
  index = lua_absindex(L, index);
  lua_newtable(L);
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
}

}  // namespace

void keep_host_environment(lua_State* L) {
  lua_pushglobaltable(L);
  push_copy(L, -1);
  const int environment = lua_gettop(L);
  for (const char* library : {"string", "table", "math", "coroutine", "utf8"}) {
    lua_getfield(L, environment, library);
    push_copy(L, -1);
    lua_setfield(L, environment, library);
    lua_pop(L, 1);
  }
  lua_pushvalue(L, environment);
  lua_setfield(L, environment, "_G");
  // Strings: the copy first, then what the script may have added to its own table.
  lua_pushliteral(L, "");
  lua_getmetatable(L, -1);
  lua_getfield(L, environment, "string");
  lua_newtable(L);
  lua_getfield(L, -4, "__index");
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_setfield(L, -2, "__index");
  lua_settop(L, environment);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kEnvironment);
  lua_pop(L, 1);
}

void use_host_environment(lua_State* L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kEnvironment);
  if (lua_setupvalue(L, -2, 1) == nullptr) lua_pop(L, 1);
}

}  // namespace runbook::script

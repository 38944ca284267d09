// SPDX-License-Identifier: Apache-2.0
#include "host/script/coverage.h"

namespace runbook::script {
namespace {

Coverage& coverage_of(lua_State* L) { return *static_cast<Coverage*>(lua_touserdata(L, lua_upvalueindex(1))); }

int count_statement(lua_State* L) {
  coverage_of(L).count(static_cast<std::size_t>(lua_tointeger(L, 1)));
  return 0;
}

int count_branch(lua_State* L) {
  lua_settop(L, 2);
  coverage_of(L).count(static_cast<std::size_t>(lua_tointeger(L, 1)) + (lua_toboolean(L, 2) ? 0 : 1));
  return 1;
}

}  // namespace

// By raw writes: the script's own globals have to be declared.
void add_counting(lua_State* L, Coverage& coverage) {
  const luaL_Reg functions[] = {{kCountStatement, count_statement}, {kCountBranch, count_branch}};
  lua_pushglobaltable(L);
  for (const luaL_Reg& function : functions) {
    lua_pushstring(L, function.name);
    lua_pushlightuserdata(L, &coverage);
    lua_pushcclosure(L, function.func, 1);
    lua_rawset(L, -3);
  }
  lua_pop(L, 1);
}

}  // namespace runbook::script

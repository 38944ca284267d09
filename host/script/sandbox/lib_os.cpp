// SPDX-License-Identifier: Apache-2.0
// The clock and the calendar: all that a runbook has of os.
#include "host/script/sandbox/core.h"

namespace runbook::script {
namespace {

constexpr std::size_t kLongestFormat = 1024;
lua_CFunction stock_date = nullptr;  // the same in every virtual machine

int os_date(lua_State* L) {
  std::size_t length = 0;
  luaL_optlstring(L, 1, "%c", &length);
  luaL_argcheck(L, length <= kLongestFormat, 1, "format too long");
  return stock_date(L);
}

}  // namespace

void open_os(lua_State* L) {
  lua_createtable(L, 0, 4);
  lua_pushcfunction(L, luaopen_os);
  lua_call(L, 0, 1);
  for (const char* name : {"time", "clock", "difftime"}) {
    lua_getfield(L, -1, name);
    lua_setfield(L, -3, name);
  }
  lua_getfield(L, -1, "date");
  stock_date = lua_tocfunction(L, -1);
  lua_pop(L, 2);
  lua_pushcfunction(L, os_date);
  lua_setfield(L, -2, "date");
  publish(L, "os");
}

}  // namespace runbook::script

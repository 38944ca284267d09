// SPDX-License-Identifier: Apache-2.0
#include "host/script/sandbox/core.h"

namespace runbook::script {

void open_table(lua_State* L) {
  lua_pushcfunction(L, luaopen_table);
  lua_call(L, 0, 1);
  lua_setglobal(L, "table");
}

}  // namespace runbook::script

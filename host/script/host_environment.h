// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/script/lua_api.h"

namespace runbook::script {

/// Keeps copies of the globals and libraries as they are now, for the Lua that is built in: what a script assigns to
/// them later must not run inside a composite, which may do more than the script. Methods of strings come from the copies
/// too; what a script adds to `string` is found behind them.
void keep_host_environment(lua_State* L);

/// Gives the function on top of the stack the kept environment.
void use_host_environment(lua_State* L);

}  // namespace runbook::script

// SPDX-License-Identifier: Apache-2.0
//
// The functions under `require "runbook"` that Lua cannot express: tasks, waiting, conversions. The standard library
// (stdlib/runbook) is written on them; scripts never see them.
#pragma once

#include "host/script/lua_api.h"

namespace runbook::script {

/// Pushes the table `core`.
void push_core(lua_State* L);

}  // namespace runbook::script

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/script/lua_api.h"

namespace runbook::script {

/// For Sandbox::set_on_error, in a dry run: where the error on top of the stack was raised because an unknown stood
/// where a value is needed, puts the one in its place that ends the plan. `level` is the function that raised it.
void explain_unknown(lua_State* L, int level);

/// In a dry run: lets the functions that would take an unknown for any value, and say nothing, end the plan.
void refuse_unknowns(lua_State* L);

}  // namespace runbook::script

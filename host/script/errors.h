// SPDX-License-Identifier: Apache-2.0
//
// Errors cross between Lua and C++ here: a raised table {code, message, hint, retryable, where, context, cause}
// that prints itself, and back.
#pragma once

#include "host/script/lua_api.h"
#include "host/script/values.h"

namespace runbook::script {

void open_errors(lua_State* L);

/// Raises `error`, placed at the script's line that is running. Does not return; typed int for `return raise(...)`.
int raise(lua_State* L, Error error);

/// Raises what stops a dry run where its knowledge ends. Scripts cannot catch it.
int raise_unknown(lua_State* L, const Value::Unknown& unknown, const char* use);
/// That error, not raised: "plan.unknown".
Error unknown_error(const Value::Unknown& unknown, const char* use);

void push_error(lua_State* L, const Error& error);
/// Any error value: a raised table gives its Error, anything else one with code "lua.error".
Error to_error(lua_State* L, int index);

/// "deploy.lua:42" of the innermost running function that belongs to a script rather than to us; empty where none does.
std::string script_position(lua_State* L);

}  // namespace runbook::script

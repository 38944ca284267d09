// SPDX-License-Identifier: Apache-2.0
//
// Values cross between Lua and the gate here and nowhere else.
//
//   Lua                     Value
//   nil, boolean, number    null, boolean, integer or number
//   string                  string
//   table with keys 1..n    array          (an empty one that came from an array stays an array)
//   any other table         object         (keys must be strings)
//   secret                  secret         opaque to scripts; joining it gives another secret
//   unknown                 unknown        stops a dry run where it is looked into
//   handle                  its target, with the class under "handle"
#pragma once

#include "host/script/lua_api.h"
#include "runbook/value.h"

namespace runbook::script {

/// How a null inside a table arrives in Lua: gone (what API results want), or as the null value (what decoders want).
enum class Nulls { kAbsent, kKept };

/// Makes the metatables of secrets, unknowns and lists, once per state.
void open_values(lua_State* L);

void push_value(lua_State* L, const Value& value, Nulls nulls = Nulls::kAbsent);

/// Marks the empty table on top of the stack as one that came from an array.
void mark_list(lua_State* L);

/// Reads the value at `index`. Refuses functions, cycles, nesting over 200, keys that are not strings, and lists with
/// holes; `path` starts the place named in the message ("options.env").
Result<Value> to_value(lua_State* L, int index, const std::string& path);

/// The text of the secret at `index`, or null where there is none.
const Value::Secret* secret_at(lua_State* L, int index);
const Value::Unknown* unknown_at(lua_State* L, int index);

void push_secret(lua_State* L, Value::Secret secret);
void push_unknown(lua_State* L, Value::Unknown unknown);

/// A handle: a class name ("docker.Engine") and a target. Its methods are the class's table, see binding.h.
struct HandleInfo {
  std::string class_name;
  Value target;
};
const HandleInfo* handle_at(lua_State* L, int index);
/// Pushes a handle. REQUIRES: the class's metatable stands in the registry under its name.
void push_handle(lua_State* L, HandleInfo handle);
/// Makes and pushes the metatable of a class of handles.
void new_handle_class(lua_State* L, const std::string& class_name);

/// Replaces string.format and table.concat by versions whose result is a secret where an argument is one.
void install_taint(lua_State* L);

}  // namespace runbook::script

// SPDX-License-Identifier: Apache-2.0
//
// Reads a call's arguments by the fields of its operation: positionals first, then one table of options. All
// problems are found at once, and named with the nearest valid spelling.
#pragma once

#include <vector>

#include "host/script/lua_api.h"
#include "runbook/operation.h"

namespace runbook::script {

struct Arguments {
  Value args;
  int handlers = LUA_NOREF;  ///< table of the on_<event> functions that were given, by their names
};

struct ArgumentContext {
  const char* function;    ///< "docker.container_create", for messages
  bool method = false;     ///< the first Lua argument is the handle
  std::string base;        ///< directory that relative paths start from
};

/// Raises `argument.invalid` that lists every problem.
Arguments read_arguments(lua_State* L, const std::vector<Field>& fields, const ArgumentContext& context);

/// Pushes the arguments as a composite's body takes them: positionals, then the table of options with its functions.
/// Returns how many.
int push_arguments(lua_State* L, const std::vector<Field>& fields, const Arguments& arguments);

}  // namespace runbook::script

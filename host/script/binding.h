// SPDX-License-Identifier: Apache-2.0
//
// The one binding for all modules: makes Lua functions and handle classes of a module's exports, checks arguments
// by the operations' fields, sends calls through the gate and returns what comes back.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "host/script/arguments.h"
#include "runbook/gate.h"
#include "runbook/module.h"

namespace runbook::script {

class Scheduler;

/// What the binding needs of the run.
struct BindingHost {
  Gate& gate;
  Scheduler& scheduler;
  std::string base;                     ///< the runbook's directory
  bool dry_run = false;
  std::function<void(Value)> emit;      ///< an event for the progress display and the log
};

/// Pushes the module's table, made on the first call and kept. For `require "<name>"`.
void push_module(lua_State* L, BindingHost& host, const Module& module);

/// Replaces the table on top of the stack by one that cannot be changed, and where a missing name is an error that
/// names the nearest one.
void seal_table(lua_State* L, const char* name);

/// Pushes an embedded chunk as a function.
void push_chunk(lua_State* L, const EmbeddedLua& chunk);

}  // namespace runbook::script

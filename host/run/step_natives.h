// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "host/run/steps.h"
#include "host/script/lua_api.h"

namespace runbook {

/// What the standard library's steps need of the run.
struct StepHost {
  Steps* steps = nullptr;  ///< null while the file loads
  /// Puts back what a step's effects changed, newest first.
  std::function<Cancel(const std::string& path, Done done)> revert;
  /// Puts back what was changed outside any step since this one finished, newest first; without a path, all of it.
  std::function<Cancel(const std::optional<std::string>& path, Done done)> revert_newer;
  /// Takes the secrets out of titles and keys: a step is known by its path in every record and flag.
  std::function<std::string(std::string text)> redact;
  int undo_ref = -2;       ///< the Lua function that undoes the finished steps (LUA_NOREF)
};

/// Adds the functions of steps to the table `core` on top of the stack.
void add_step_natives(lua_State* L, StepHost& host);

/// Pushes the function that undoes the run, also where the script has never asked for the library of steps.
void push_undo(lua_State* L, StepHost& host);

}  // namespace runbook

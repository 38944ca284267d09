// SPDX-License-Identifier: Apache-2.0
//
// A runbook's file: its text, and what it declares.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "host/run/declaration.h"
#include "host/script/vm.h"

namespace runbook {

struct Source {
  std::string path;       ///< absolute; empty for a text given on the command line
  std::string name;       ///< as errors show it: "deploy.lua"
  std::string directory;  ///< absolute
  std::string text;
};

Result<Source> read_source_file(const std::string& file);

/// Whether the text calls rb.runbook, or keeps it to call it: then its top level only declares, and may not reach the world.
bool declares_runbook(std::string_view text);

/// What rb.runbook was given, kept for the run.
struct Declared {
  std::optional<Value> table;
  int run_ref = -2;  ///< the function, LUA_NOREF before
  bool too_late = false;  ///< the file runs as a plain script: it is refused to declare
};

/// Adds core.declare, which fills `declared`.
void add_declare(lua_State* L, Declared& declared);

/// Loads a file that declares a runbook: runs its top level, without effects, and reads the declaration.
Result<Declaration> load_declaration(script::Vm& vm, const Source& source, Declared& declared);

/// Matches texts against Lua patterns, for the declaration and the parameters.
MatchPattern pattern_matcher(script::Vm& vm);

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "runbook/operation.h"
#include "runbook/remote_shell.h"
#include "runbook/target_ways.h"
#include "runbook/value_sink.h"

namespace runbook {

/// A chunk of Lua embedded at build time as bytecode, with its source for documentation.
struct EmbeddedLua {
  const char* name;           ///< "docker", "docker.meta"
  std::string_view bytecode;
  std::string_view source;
};

/// A function that touches nothing but its arguments: encoders, hashes, templates. Where an argument is a secret the
/// function reads it with reveal(), and the binding makes every string of the result a secret again.
struct PureFunction {
  const char* name;  ///< "yaml.decode"
  std::vector<Field> fields;
  Result<Value> (*call)(const Value& args);
  /// As `call`, where the result may be large: hands it on piece by piece. Null: there is no such way.
  Status (*stream)(const Value& args, ValueSink& sink) = nullptr;
};

/// How a function of the module is called from Lua: an effect or a pure function.
struct Export {
  const char* lua_name;   ///< "container_create", "read"
  const char* handle;     ///< the handle class it is a method of ("Engine"), or null for a module function
  const Operation* operation = nullptr;
  const PureFunction* function = nullptr;
};

/// Asks a module's simulator, which is Lua (`<name>.sim`), what happens: {kind = "http", ...}. `on_event` gets what the
/// simulator emits before it has finished.
using Simulate = std::function<Cancel(Value request, std::function<void(Value)> on_event, Done done)>;

/// A kind of primitives: what `require "<name>"` gives. The binding is generic: it checks arguments against the
/// operation's fields, sends the call through the gate and turns the result into Lua values.
struct Module {
  const char* name;
  const char* version;
  std::vector<Export> exports;
  /// <name>.meta (required), <name> (optional: Lua that adds composites and constructors of handles) and <name>.sim
  /// (optional: its simulator, see stdlib/runbook/simulate.lua).
  const std::vector<EmbeddedLua>* lua;
  /// Puts services of the module that ask a simulator in the place of those that reach the world (World::provide). Null
  /// for a module that has no services of its own, or only speaks HTTP: the HTTP client is simulated for all.
  void (*simulate)(World& world, const Simulate& ask) = nullptr;
  /// The kind of machines that the module opens the way to, if any: `machine` has its verbs there too.
  const ShellRoute* shell = nullptr;
  /// What the way to the target of the module's handles touches, if anything.
  TargetWay way = nullptr;
};

}  // namespace runbook

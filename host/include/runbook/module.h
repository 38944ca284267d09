// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "runbook/operation.h"
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

/// A kind of primitives: what `require "<name>"` gives. The binding is generic: it checks arguments against the
/// operation's fields, sends the call through the gate and turns the result into Lua values.
struct Module {
  const char* name;
  const char* version;
  std::vector<Export> exports;
  /// <name>.meta (required) and <name> (optional: Lua that adds composites and constructors of handles).
  const std::vector<EmbeddedLua>* lua;
};

}  // namespace runbook

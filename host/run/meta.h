// SPDX-License-Identifier: Apache-2.0
//
// What a module's <name>.meta.lua says of its functions: editors read it, `help` shows it, `check` holds code
// against it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runbook/module.h"
#include "runbook/value.h"

namespace runbook {

struct MetaField {
  std::string name, type, text;
  bool optional = false;
};

/// A handle ("docker.Engine"), or the shape of an options table or a result.
struct MetaClass {
  std::string name, parent, text;
  std::vector<MetaField> fields;
  bool open = false;  ///< has a field for any key: ---@field [string] any
};

struct MetaFunction {
  std::string module;   ///< "docker"
  std::string owner;    ///< the class it is a method of, "docker.Engine"; empty for a function of the module
  std::string name;     ///< "container_create", "param.string"
  std::string summary;  ///< the first line
  std::string detail;   ///< what follows, without the fields below
  std::string errors, permission, waits, since, source;
  std::string example;
  std::vector<MetaField> params, returns;
  bool overloaded = false;  ///< may be called in other ways too

  /// "docker.connect", "docker.Engine:container_create".
  std::string path() const;
  /// "engine:container_create(options)".
  std::string signature() const;
};

struct Meta {
  std::string module, text;
  std::vector<MetaClass> classes;
  std::vector<MetaFunction> functions;
  std::vector<std::string> values;  ///< what is no function: rb.null

  const MetaClass* find_class(std::string_view name) const;
  const MetaFunction* find_function(std::string_view owner, std::string_view name) const;
};

/// Never fails: what it does not understand it leaves out.
Meta parse_meta(std::string_view source);
/// What all files of a module say.
Meta module_meta(const Module& module);

Value to_value(const Meta& meta);
Value to_value(const MetaFunction& function);

}  // namespace runbook

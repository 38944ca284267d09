// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/run/meta.h"

namespace runbook {

/// What is known of an expression: a module, or a handle or other value of a declared class. Neither: nothing.
struct KnownType {
  const Meta* module = nullptr;
  const MetaClass* type = nullptr;
  const Meta* owner = nullptr;  ///< the module that declares the class
  explicit operator bool() const { return module || type; }
  friend bool operator==(const KnownType& a, const KnownType& b) { return a.module == b.module && a.type == b.type; }
};

/// Looks things up in the modules' declarations.
class KnownTypes {
 public:
  explicit KnownTypes(const std::vector<Meta>& modules) : modules_(modules) {}

  const Meta* module(std::string_view name) const;
  /// Of a type as written: "docker.Engine", "docker.Engine?", "docker.Engine|nil". Nothing for unions.
  KnownType named(std::string_view type) const;
  const MetaFunction* function(const KnownType& type, std::string_view name) const;
  /// With those of the classes it is derived from.
  const MetaField* field(const KnownType& type, std::string_view name) const;
  std::vector<const MetaField*> fields(const KnownType& type) const;
  bool open(const KnownType& type) const;
  /// The names that may follow a dot (or, for methods alone, a colon).
  std::vector<std::string> members(const KnownType& type, bool methods_only) const;
  /// Whether a name is one: a function, a field, a value, or the beginning of "param.string".
  bool has(const KnownType& type, std::string_view name) const;
  static std::string show(const KnownType& type);

 private:
  std::vector<KnownType> line(KnownType type) const;
  const std::vector<Meta>& modules_;
};

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
#include "host/run/check_types.h"

#include <algorithm>

#include "host/core/text.h"

namespace runbook {
namespace {

constexpr int kMostParents = 10;

}  // namespace

const Meta* KnownTypes::module(std::string_view name) const {
  const auto found = std::find_if(modules_.begin(), modules_.end(), [&](const Meta& meta) { return meta.module == name; });
  return found == modules_.end() ? nullptr : &*found;
}

KnownType KnownTypes::named(std::string_view type) const {
  for (const Meta& meta : modules_) {
    if (const MetaClass* found = meta.find_class(type)) return {nullptr, found, &meta};
  }
  std::string only;
  for (const std::string& part : split(type, '|')) {
    std::string name(trim(part));
    if (name.ends_with('?')) name.pop_back();
    if (name == "nil" || name.empty()) continue;
    if (!only.empty()) return {};
    only = name;
  }
  for (const Meta& meta : modules_) {
    if (only == meta.module) return {&meta, nullptr, nullptr};
    if (const MetaClass* found = meta.find_class(only)) return {nullptr, found, &meta};
  }
  return {};
}

// A class and those it is derived from.
std::vector<KnownType> KnownTypes::line(KnownType type) const {
  std::vector<KnownType> all;
  for (int i = 0; type.type && i < kMostParents; ++i) {
    all.push_back(type);
    type = type.type->parent.empty() ? KnownType{} : named(type.type->parent);
  }
  return all;
}

const MetaFunction* KnownTypes::function(const KnownType& type, std::string_view name) const {
  if (type.module) return type.module->find_function("", name);
  for (const KnownType& each : line(type)) {
    if (const MetaFunction* found = each.owner->find_function(each.type->name, name)) return found;
  }
  return nullptr;
}

std::vector<const MetaField*> KnownTypes::fields(const KnownType& type) const {
  std::vector<const MetaField*> all;
  const auto add = [&](const MetaClass& c) {
    for (const MetaField& field : c.fields) all.push_back(&field);
  };
  for (const KnownType& each : line(type)) add(*each.type);
  if (type.module) {
    if (const MetaClass* own = type.module->find_class(type.module->module)) add(*own);
  }
  return all;
}

const MetaField* KnownTypes::field(const KnownType& type, std::string_view name) const {
  for (const MetaField* field : fields(type)) {
    if (field->name == name) return field;
  }
  return nullptr;
}

bool KnownTypes::open(const KnownType& type) const {
  if (type.module) {
    const MetaClass* own = type.module->find_class(type.module->module);
    return own && own->open;
  }
  for (const KnownType& each : line(type)) {
    // What derives from something undeclared may have anything.
    if (each.type->open || (!each.type->parent.empty() && !named(each.type->parent))) return true;
  }
  return false;
}

std::vector<std::string> KnownTypes::members(const KnownType& type, bool methods_only) const {
  std::vector<std::string> names;
  const auto functions = [&](const Meta& meta, std::string_view owner) {
    for (const MetaFunction& f : meta.functions) {
      if (f.owner == owner) names.push_back(f.name.substr(0, f.name.find('.')));
    }
  };
  if (type.module) {
    functions(*type.module, "");
    names.insert(names.end(), type.module->values.begin(), type.module->values.end());
  }
  for (const KnownType& each : line(type)) functions(*each.owner, each.type->name);
  if (!methods_only || type.type) {
    for (const MetaField* field : fields(type)) names.push_back(field->name);
  }
  return names;
}

bool KnownTypes::has(const KnownType& type, std::string_view name) const {
  const auto names = members(type, false);
  return std::find(names.begin(), names.end(), name) != names.end() || name.starts_with("__");
}

std::string KnownTypes::show(const KnownType& type) { return type.module ? type.module->module : type.type->name; }

}  // namespace runbook

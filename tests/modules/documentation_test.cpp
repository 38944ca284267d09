// SPDX-License-Identifier: Apache-2.0
//
// What a module registers and what its .meta.lua declares are the same, both ways.
#include <set>
#include <string>

#include "host/core/text.h"
#include "host/run/meta.h"
#include "runbook/host.h"
#include "tests/support/catch.h"

namespace runbook {
namespace {

/// "docker.connect", "docker.Engine:container_create".
std::set<std::string> registered(const Module& module) {
  std::set<std::string> names;
  for (const Export& entry : module.exports) {
    if (entry.lua_name[0] == '_') continue;
    names.insert(entry.handle ? cat(module.name, ".", entry.handle, ":", entry.lua_name) : cat(module.name, ".", entry.lua_name));
  }
  return names;
}

std::set<std::string> declared(const Meta& meta) {
  std::set<std::string> names;
  for (const MetaFunction& function : meta.functions) names.insert(function.path());
  return names;
}

/// A constructor of handles, or another function that the module's own Lua adds.
bool defined_in_lua(const Module& module, const MetaFunction& function) {
  for (const EmbeddedLua& chunk : *module.lua) {
    const std::string_view name = chunk.name;
    if (name != module.name && !name.starts_with(cat(module.name, ".lua."))) continue;
    for (const std::string& text : {cat(".", function.name), cat(":", function.name), cat("\"", function.name, "\"")}) {
      if (chunk.source.find(text) != std::string_view::npos) return true;
    }
  }
  return false;
}

TEST_CASE("documentation: every function of a module is declared, and every declared one is there") {
  Host host;
  add_builtin_modules(host);
  REQUIRE_FALSE(host.modules().empty());
  for (const Module* module : host.modules()) {
    INFO("module " << module->name);
    const Meta meta = module_meta(*module);
    CHECK(meta.module == module->name);
    const std::set<std::string> there = registered(*module);
    const std::set<std::string> described = declared(meta);
    for (const std::string& name : there) {
      INFO(name << " is registered");
      CHECK(described.count(name) == 1);
    }
    for (const MetaFunction& function : meta.functions) {
      INFO(function.path() << " is declared");
      CHECK((there.count(function.path()) == 1 || defined_in_lua(*module, function)));
    }
  }
}

TEST_CASE("documentation: an operation is called what it is exported as") {
  Host host;
  add_builtin_modules(host);
  for (const Module* module : host.modules()) {
    for (const Export& entry : module->exports) {
      const std::string name = entry.operation ? entry.operation->name : entry.function->name;
      CHECK(name == cat(module->name, ".", entry.lua_name));
    }
  }
}

}  // namespace
}  // namespace runbook

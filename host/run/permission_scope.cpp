// SPDX-License-Identifier: Apache-2.0
#include "host/run/permission_scope.h"

#include <cstdlib>
#include <string_view>

namespace runbook {

PermissionScope permission_scope(const std::vector<const Module*>& modules, const Declaration& declaration,
                                 const std::string& directory) {
  PermissionScope scope;
  for (const Param& param : declaration.params) scope.param_names.push_back(param.name);
  for (const Module* module : modules) {
    scope.module_kinds.emplace_back(module->name);
    for (const Export& exported : module->exports) {
      if (!exported.operation) continue;
      // "db.query" acts on its target itself: its verb has no noun.
      const std::string_view name = exported.operation->name;
      const std::string_view verb = name.substr(name.find('.') + 1);
      if (verb.find('_') == std::string_view::npos) scope.bare_verbs.emplace_back(verb);
    }
  }
  scope.directory = directory;
  if (const char* home = getenv("HOME")) scope.home = home;
  return scope;
}

}  // namespace runbook

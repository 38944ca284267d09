// SPDX-License-Identifier: Apache-2.0
//
// What a run may touch: what its file declares, and what the command line says of it.
#include "host/core/text.h"
#include "host/run/permission_scope.h"
#include "host/run/run.h"

namespace runbook {

PermissionScope Run::permission_scope() const {
  PermissionScope scope = runbook::permission_scope(modules_, declaration_, source_.directory);
  scope.params = params_.is_object() ? params_ : Value(Value::Object{});
  return scope;
}

Status Run::read_permissions() {
  const PermissionScope scope = permission_scope();
  std::vector<std::string> problems;
  if (!declaration_.permissions.is_null()) {
    auto parsed = Permissions::parse(declaration_.permissions, scope);
    *permissions_ = std::move(parsed.permissions);
    problems = std::move(parsed.problems);
  }
  for (const std::string& grant : options_.allow) {
    if (auto allowed = permissions_->allow(grant, scope); !allowed) problems.push_back(allowed.error().message);
  }
  // Whoever names the inventory means it to be read.
  if (const Value& inventory = natives_.fleet["inventory"]; inventory.is_string()) {
    if (auto allowed = permissions_->allow(cat("read=", inventory.as_string()), scope); !allowed) problems.push_back(allowed.error().message);
  }
  for (const std::string& denial : options_.deny) {
    if (auto denied = permissions_->deny(denial, scope); !denied) problems.push_back(denied.error().message);
  }
  if (spec_) RUNBOOK_TRY(permissions_->allow(cat("write=", spec_->temp_directory()), scope));
  if (!problems.empty()) return Error("permission.invalid", join(problems, "\n"));
  return Unit{};
}

}  // namespace runbook

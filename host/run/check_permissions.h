// SPDX-License-Identifier: Apache-2.0
//
// What a call needs a permission for, by the documentation of its function, and whether a declaration has any of that
// kind. Which targets and names it comes to is known only when it runs.
#pragma once

#include <optional>
#include <string>

#include "host/run/declaration.h"
#include "host/run/lua_syntax.h"
#include "host/run/meta.h"

namespace runbook {

struct PermissionNeed {
  std::string kind;    ///< "docker", "net", "secret"
  std::string verb;    ///< "container.create"; empty for kinds without verbs
  std::string target;  ///< "sqlite:PATH": how its targets look, where the documentation says
};

/// Of "Permission: `docker`: `container.create:NAME`." and its like; nothing for "none" and what cannot be told.
std::optional<PermissionNeed> permission_need(const MetaFunction& function);

/// What is wrong where this is called by a runbook that declares this; empty where nothing evidently is. The
/// arguments of `call` begin at `first`.
std::string missing_permission(const MetaFunction& function, const Declaration& declaration, const lua::Node& call,
                               std::size_t first);

}  // namespace runbook

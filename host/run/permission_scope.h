// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "host/gate/permissions.h"
#include "host/run/declaration.h"
#include "runbook/module.h"

namespace runbook {

/// What is needed to read the permissions of a runbook in this directory; the parameters' values are not known yet.
PermissionScope permission_scope(const std::vector<const Module*>& modules, const Declaration& declaration,
                                 const std::string& directory);

}  // namespace runbook

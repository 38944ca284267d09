// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "host/cli/console.h"
#include "host/run/meta.h"
#include "runbook/result.h"

namespace runbook::cli {

/// The modules, one a line.
std::string show_modules(const std::vector<Meta>& modules, const Paint& paint);

/// `runbook help TOPIC` for a module ("docker"), a class ("docker.Engine") or a function ("docker.container_create",
/// "container_create"). An error with the nearest names where there is none.
Result<std::string> show_topic(const std::vector<Meta>& modules, const std::string& topic, const Paint& paint);

/// Whether a topic names the function: "docker.container_create", "engine:container_create", "container_create" ...
bool is_called(const MetaFunction& function, const std::string& topic);

}  // namespace runbook::cli

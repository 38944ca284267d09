// SPDX-License-Identifier: Apache-2.0
// What creating and replacing a container have in common.
#pragma once

#include <functional>
#include <string>

#include "modules/docker/container/container_spec.h"
#include "modules/docker/engine/job.h"
#include "modules/docker/operations.h"

namespace runbook::docker {

/// What a call with a description touches: the container, and the paths of this machine that are mounted into it,
/// which whoever controls the container may read or write.
Accesses container_accesses(World& world, const Value& args, const char* verb);

/// Whether the container (as inspected, or null) was made from this description, whole: a creation that was broken off
/// may not have connected all of its networks.
bool is_made_from(const Value& found, const ContainerSpec& spec);

/// Creates a container under `name` and connects its networks; one that cannot be connected is not left behind.
void create_container(const Job::Ptr& job, const std::string& name, ContainerSpec spec,
                      std::function<void(std::string id)> next);

}  // namespace runbook::docker

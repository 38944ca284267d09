// SPDX-License-Identifier: Apache-2.0
//
// What the operations on services share.
#pragma once

#include <functional>

#include "modules/docker/registry/auth.h"
#include "modules/docker/swarm/swarm_objects.h"

namespace runbook::docker {

/// As a script sees a service.
Value service_view(const Value& raw);
Value changed_service(const Value& raw, bool yes);

/// Fills in the ids of the secrets and configs that a description names; docker.not_found with all that are missing
/// ends the job.
void with_references(const Job::Ptr& job, Value spec, std::function<void(Value)> next);

/// Sends a whole description of a service. What to run is pulled as the running description says, unless the call has
/// credentials.
inline const std::string& image_of(const Value& spec) { return spec["TaskTemplate"]["ContainerSpec"]["Image"].as_string(); }
void update_service(const Job::Ptr& job, std::function<Result<Value>(const Value& raw)> body, Query query,
                    std::function<void(Value raw, bool changed)> next);

/// What undoing needs, and undoing: the service as it was, or no service where there was none.
Cancel capture_service(Invocation call, Done done);
Cancel restore_service(Invocation call, Done done);

}  // namespace runbook::docker

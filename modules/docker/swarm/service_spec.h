// SPDX-License-Identifier: Apache-2.0
//
// What a service is asked to be: the options of a call, as a ServiceSpec of the Engine API.
#pragma once

#include <vector>

#include "modules/docker/operations.h"
#include "runbook/operation.h"

namespace runbook::docker {

/// The options that describe a service, of service_create and its like: as for a container where they mean the same, or
/// `spec`, the description as the API has it.
std::vector<Field> service_fields();

/// The description that a call gives, without the ids of what it names; argument.invalid with all that is wrong with it.
Result<Value> wanted_spec(const Value& args);

/// What a call with such options touches: the service, and the paths that its containers get at.
Accesses service_accesses(World& world, const Value& args, const char* verb);
/// What a comparison looks at: the service, and by implication what the description names, which may be made only later.
Accesses service_reads(const Value& args, const char* verb);

}  // namespace runbook::docker

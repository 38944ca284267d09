// SPDX-License-Identifier: Apache-2.0
//
// What a container is asked to be: the options of a call, as the request of the Engine API, and as a hash by which an
// existing container is recognised.
#pragma once

#include <string>
#include <vector>

#include "runbook/operation.h"

namespace runbook::docker {

/// The label that carries the hash of the description that a container was created from.
inline constexpr const char* kSpecLabel = "runbook.spec";

/// The options that describe a container, of container_create and its like. Named as those of `docker run`.
std::vector<Field> container_fields();

struct ContainerSpec {
  Value body;  ///< of POST /containers/create, the label with the hash included
  std::string hash;
  /// Networks beyond the first, {name = {Aliases = ...}}: older engines take one at creation.
  Value more_networks;
};

/// Refuses what cannot be meant with argument.invalid, all problems at once.
Result<ContainerSpec> container_spec(const Value& args);

/// argument.invalid for what no engine takes as a container's name.
Status check_container_name(const std::string& name);

/// "on-failure:3" as the engine takes it; argument.invalid.
Result<Value> restart_policy(const std::string& given);

/// The paths of this machine that the description mounts: {path, readonly}. Named volumes are not among them.
struct BindMount {
  std::string source;
  bool readonly = false;
};
std::vector<BindMount> bind_mounts(const Value& args);

}  // namespace runbook::docker

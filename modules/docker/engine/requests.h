// SPDX-License-Identifier: Apache-2.0
//
// The requests that several operations make.
#pragma once

#include <string>

#include "modules/docker/engine/job.h"

namespace runbook::docker {

Call container_call(const std::string& method, const std::string& name, const std::string& rest);
inline Call inspect_container(const std::string& name) { return container_call("GET", name, "/json"); }
Call inspect_image(const std::string& reference);
Call inspect_network(const std::string& name);
Call inspect_volume(const std::string& name);
/// Stops a container; `timeout` is the option of the call (null: the container's own), as whole seconds.
Call stop_container(const std::string& name, const Value& timeout);
Call remove_container(const std::string& name, bool volumes);

/// Asks for an object and gives it, or null where there is none; other errors end the job.
void find(const Job::Ptr& job, Call call, std::function<void(Value)> next);

/// {changed = true, name = ...}
Value changed(bool yes, const std::string& name);

}  // namespace runbook::docker

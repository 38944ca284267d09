// SPDX-License-Identifier: Apache-2.0
//
// The target of an engine's handle. A string says it all ("unix:///var/run/docker.sock", "ssh://deploy@web1",
// "context://prod"); one over TCP is a table: {address = "tcp://node1:2376", certs = "/etc/docker/client"}.
#pragma once

#include <string>
#include <vector>

#include "runbook/operation.h"

namespace runbook::docker {

/// The engine as the runbook writes it: what permissions and errors name.
const std::string& address_of(const Value& target);
/// The same for targets that may share connections. Gives no secret away.
std::string key_of(const Value& target);
/// The files that the target names, which the way there reads.
std::vector<Access> way_to(World& world, const Value& target);
/// "~/" is the home of whoever runs this.
std::string home_expanded(const std::string& path);

}  // namespace runbook::docker

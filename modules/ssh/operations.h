// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runbook/module.h"

namespace runbook::ssh {

/// Machines at the other end: what `machine` reaches with targets of the kind "ssh".
extern const ShellRoute kRoute;

extern const Operation kHostKey, kKnownHostFind, kKnownHostAdd, kKnownHostRemove;
extern const Operation kForwardPath, kForwardClose;

/// Module::simulate: no forwarded socket is real.
void simulate_forwards(World& world);

/// What a call on a destination touches: the destination, the machines on the way there, and the files that the target
/// names in place of the user's own; and all that a configuration which the target names makes of these.
std::vector<Access> destination_access(World& world, const Value& target, const char* verb, const std::string& name = {});
/// For several accesses of one destination, as they are named: those, and the way there.
std::vector<Access> with_the_way(World& world, const Value& target, std::vector<Access> touched);
/// The first of these alone.
Access destination_itself(const Value& target, const char* verb, const std::string& name);

}  // namespace runbook::ssh

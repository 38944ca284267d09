// SPDX-License-Identifier: Apache-2.0
//
// The machines of a simulated world: the pieces that simulate() is made of.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/core/files.h"
#include "host/core/process.h"
#include "modules/machine/local.h"
#include "modules/machine/place.h"
#include "runbook/module.h"

namespace runbook::machine {

/// Programs, which the simulator answers for; of another machine than this computer where one is named.
std::shared_ptr<Processes> simulated_processes(World& world, const Simulate& ask, const std::string& machine);
/// Processes that outlive a run, likewise; the machine has `files`.
std::shared_ptr<Detached> simulated_detached(World& world, const Simulate& ask, files::TreePtr files,
                                             const std::string& machine);
/// This computer, and the machines over SSH that the simulator knows.
std::shared_ptr<Places> simulated_places(World& world, const Simulate& ask);

/// Who does something on a simulated machine.
struct Somebody {
  std::string name;
  std::string home;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
};

/// From its /etc/passwd and /etc/group ("machine.unknown_user").
Result<Somebody> somebody(const files::Tree& files, const std::string& name);
/// What the kernel of that machine would refuse: paths are normalised.
Status permitted(const files::Tree& files, const Somebody& who, Verb verb, const Value& args);
/// Makes what is new belong to whoever makes it: makes the missing parents, and adds to `args`.
Status own_what_is_new(const files::Tree& files, const Somebody& who, Verb verb, Value& args);

}  // namespace runbook::machine

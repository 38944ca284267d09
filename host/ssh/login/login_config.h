// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/ssh/login/destination.h"
#include "host/ssh/login/login_files.h"

namespace runbook::ssh {

/// What ssh_config says of a destination, whose paths are expanded. The user's own ~/.ssh/config and the system's file are
/// the user's word. A file that the destination names beside these is the runbook's: what it makes of a destination is
/// worked out once a run, so that what named_way() shows to be judged is what a login then does.
Result<HostConfig> login_config(const Destination& destination, const Person& person, LoginFiles& files, Reading reading);

/// What a configuration that the runbook names adds to what the runbook itself says: all that is to be permitted before
/// anything is obeyed of it. The files of a step are absolute.
struct NamedWay {
  struct Step {
    Address named;     ///< the destination, or a machine on the way as ProxyJump or `jump` have it
    Address resolved;  ///< whom that means
    std::string behind;  ///< what is reached by way of it; empty for the destination
    std::vector<std::string> keys, known_hosts;
    bool accept_new = false;
    std::string agent;  ///< a socket
  };
  std::vector<Step> steps;           ///< the destination first
  std::vector<std::string> included;
};
/// Empty where no such configuration is named. Blocks, for some small files: what is not read yet of the configuration.
/// Where that cannot be understood the steps end: the login will fail on it.
NamedWay named_way(const Destination& destination, LoginFiles& files);

}  // namespace runbook::ssh

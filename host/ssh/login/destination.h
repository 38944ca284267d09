// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/ssh/config/client_config.h"
#include "runbook/result.h"
#include "runbook/value.h"

namespace runbook::ssh {

/// Of a handle's target: {host = "deploy@web1:22"}, or with user and port beside it.
Result<Address> address_of(const Value& target);

/// A machine as a runbook names it, and what it says about the way there. What it leaves out comes from ssh_config.
struct Destination {
  Address address;
  std::string identity;  ///< path of a private key; empty: those of the configuration, the agent, the defaults
  bool only_identity = true;  ///< else it is offered beside those
  std::string password, passphrase;
  std::optional<std::string> known_hosts;  ///< path
  std::optional<std::string> config;       ///< path; "": none is read
  std::optional<bool> accept_new;          ///< a host that is not known yet
  std::optional<std::vector<Address>> jumps;
  std::optional<double> connect_timeout, alive_interval;

  /// From a handle's target, {kind = "ssh", host = ..., ...}.
  static Result<Destination> from(const Value& target);
  /// The same for destinations that may share a connection. Gives nothing away.
  std::string key() const;
  /// One that stands on the way to this one. As with `ssh -J` the password and `accept_new` are for the machine at the end
  /// alone, and the other machine's own keys come first. Other than there the key given for the machine at the end is tried
  /// too, after them: most bastions take it; and what is configured and known is looked up in the same files.
  Destination jump(const Address& by) const;
  /// "~/" of the paths.
  void expand_home(const std::string& home);
};

}  // namespace runbook::ssh

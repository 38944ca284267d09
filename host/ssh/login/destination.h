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
  std::string password, passphrase;
  std::optional<std::string> known_hosts;  ///< path
  std::optional<std::string> config;       ///< path; "": none is read
  std::optional<bool> accept_new;          ///< a host that is not known yet
  std::optional<std::vector<Address>> jumps;
  std::optional<double> connect_timeout, alive_interval;

  /// From a handle's target, {kind = "ssh", host = ..., ...}.
  static Result<Destination> from(const Value& target);
  /// The same for destinations that may share a connection. Holds secrets: not for people.
  std::string key() const;
  /// One that stands on the way to this one.
  Destination jump(const Address& by) const;
};

}  // namespace runbook::ssh

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/net/http_link.h"
#include "runbook/module.h"

namespace runbook::net {

/// Whether somebody takes connections there. A service of the World, because a simulated one has listeners of its own.
class Prober {
 public:
  explicit Prober(World& world) : loop_(world.loop()) {}
  virtual ~Prober() = default;

  /// Connects, and hangs up at once. Errors net.connect, net.resolve (both retryable), permission.denied (link-local).
  virtual Cancel probe(HttpLink::Way way, Callback<void(Status)> done);

 protected:
  Loop& loop_;
};

/// "tcp://db:5432", "tcp://[::1]:5432" or "unix:///run/db.sock". Error argument.invalid.
Result<HttpLink::Way> parse_way(const std::string& target);

void simulate(World& world, const Simulate& ask);

extern const Module kModule;

}  // namespace runbook::net

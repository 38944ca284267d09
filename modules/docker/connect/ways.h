// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "modules/docker/connect/endpoint.h"
#include "runbook/callback.h"
#include "runbook/world.h"

namespace runbook::docker {

/// Finds out where targets lead: a service of the World.
class Ways {
 public:
  explicit Ways(World& world) : world_(world) {}
  virtual ~Ways() = default;
  Ways(const Ways&) = delete;
  Ways& operator=(const Ways&) = delete;

  /// With a socket here that leads to an engine over SSH. Files are read on another thread.
  virtual Cancel find(const Value& target, Callback<void(Result<Endpoint>)> done);
  /// Sockets are not to be looked for in this computer's files.
  virtual bool simulated() const { return false; }

 protected:
  World& world_;
};

/// In a simulated world targets lead to simulators by what is written, and no file is read.
void simulate_ways(World& world);

}  // namespace runbook::docker

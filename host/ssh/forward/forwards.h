// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>

#include "host/ssh/forward/forward.h"

namespace runbook::ssh {

/// The forwarded sockets of a run, each made once: a service of the World.
class Forwards {
 public:
  explicit Forwards(World& world) : world_(world) {}
  virtual ~Forwards() = default;
  Forwards(const Forwards&) = delete;
  Forwards& operator=(const Forwards&) = delete;

  /// Where what is over there can be connected to here. Stays until close().
  virtual Result<const Forward*> open(const Destination& destination, const ForwardTarget& to);
  virtual void close(const Destination& destination, const ForwardTarget& to);

 private:
  World& world_;
  std::map<std::string, std::unique_ptr<Forward>> open_;
};

}  // namespace runbook::ssh

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "host/ssh/forward/forward.h"

namespace runbook::ssh {

/// The forwarded sockets of a run, each made once: a service of the World.
class Forwards {
 public:
  explicit Forwards(World& world) : Forwards(world.shared<Connections>()) {}
  explicit Forwards(std::shared_ptr<Connections> connections) : connections_(std::move(connections)) {}
  virtual ~Forwards() = default;
  Forwards(const Forwards&) = delete;
  Forwards& operator=(const Forwards&) = delete;

  /// The path of a unix socket here that leads to what is over there. Stays until all who opened it closed it; `user` is
  /// any number that tells them apart.
  virtual Result<std::string> open(const Destination& destination, const ForwardTarget& to, std::int64_t user = 0);
  virtual void close(const Destination& destination, const ForwardTarget& to, std::int64_t user = 0);
  /// Why the last connection to a socket that open() gave did not get through; no code: it did, or there was none.
  Error last_error(const std::string& path) const;

 private:
  struct Open {
    std::unique_ptr<Forward> forward;
    std::set<std::int64_t> users;
  };

  std::shared_ptr<Connections> connections_;  ///< outlive what uses them
  std::map<std::string, Open> open_;
};

}  // namespace runbook::ssh

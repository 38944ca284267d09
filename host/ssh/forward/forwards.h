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

  /// The path of a unix socket here that leads to what is over there. Stays until close().
  virtual Result<std::string> open(const Destination& destination, const ForwardTarget& to);
  virtual void close(const Destination& destination, const ForwardTarget& to);
  /// Why the last connection to a socket that open() gave did not get through; no code: it did, or there was none.
  Error last_error(const std::string& path) const;

 private:
  World& world_;
  std::map<std::string, std::unique_ptr<Forward>> open_;
};

}  // namespace runbook::ssh

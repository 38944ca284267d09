// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "http.h"
#include "visits.h"

namespace quickstart {

struct Identity {
  std::string name = "quickstart";
  std::string version = "dev";
  std::string colour = "blue";
  bool broken = false;  ///< never healthy: what a bad release looks like
};

/// The web service: who it is, whether it is well, and how often it was visited.
class Service {
 public:
  Service(Identity identity, const std::string& data_directory);

  /// Reads a request from the connection and answers it.
  void handle(int fd);
  Response respond(const Request& request);

 private:
  Response home(const Request& request) const;
  Response health();
  Response visits(const Request& request);

  Identity identity_;
  Visits visits_;
};

}  // namespace quickstart

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <mutex>
#include <string>

#include "http.h"
#include "socket.h"

namespace quickstart {

/// The one address that clients know: passes each request on to the upstream that a file names ("HOST:PORT"). The file is
/// looked at for every request, so replacing it (by a rename, never by writing into it) is the switch.
class Front {
 public:
  explicit Front(std::string upstream_file) : file_(std::move(upstream_file)) {}

  /// Reads a request from the connection, passes it on and streams the answer back.
  void handle(int fd);
  /// The upstream that the file names now.
  bool upstream(Endpoint* endpoint, std::string* error);

 private:
  Response pass_on(int client, const Request& request, bool* answered);

  std::mutex mutex_;
  std::string file_;
  struct stat seen_ {};
  Endpoint endpoint_;
};

}  // namespace quickstart

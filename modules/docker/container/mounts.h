// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "runbook/result.h"
#include "runbook/value.h"

namespace runbook::docker {

/// One published port: "8080:80", "127.0.0.1:8080:80/tcp", "80", 80 or {host=, container=, address=, protocol=}.
struct Port {
  int container = 0;
  int host = 0;  ///< 0: the engine chooses
  std::string address;
  std::string protocol = "tcp";
};
Result<Port> parse_port(const Value& value);

/// One mount: "data:/var/lib/data:ro", "/srv/www:/www" or {source=, target=, readonly=, type=}. What begins with a
/// slash is a path of the engine's machine, anything else the name of a volume.
struct Mount {
  std::string type;  ///< "bind", "volume", "tmpfs"
  std::string source;
  std::string target;
  bool readonly = false;
};
Result<Mount> parse_mount(const Value& value);

/// The keys of `table` that are not among `known`, as one message with the nearest spelling; empty where there are none.
std::string unknown_keys(const Value& table, const std::vector<std::string>& known);

}  // namespace runbook::docker

// SPDX-License-Identifier: Apache-2.0
// The ways to an engine. One on another machine is reached as the docker CLI does it: over SSH, by its socket there.
#include "host/core/text.h"
#include "host/ssh/forward/forwards.h"
#include "modules/docker/engine/engine.h"

namespace runbook::docker {

namespace {

constexpr const char* kSocketThere = "/var/run/docker.sock";
constexpr const char* kSupported = "supported: unix:// and the path of a socket, or ssh:// and a machine, for example unix:///var/run/docker.sock or ssh://deploy@web1";

Result<std::string> local_socket(const std::string& path) {
  if (path.size() > 1 && path.front() == '/') return path;
  return Error("docker.unsupported", cat("'unix://", printable(path), "' does not name the absolute path of a socket"), cat("for example ", kDefaultTarget));
}

// Where sshd does not forward to the socket (AllowStreamLocalForwarding no), docker's own client there does.
Result<std::string> remote_socket(World& world, const std::string& where) {
  auto address = ssh::Address::parse(where);
  if (!address) return std::move(address).error();
  ssh::Destination destination;
  destination.address = std::move(*address);
  ssh::ForwardTarget to;
  to.path = kSocketThere;
  to.argv = {"docker", "system", "dial-stdio"};
  return world.service<ssh::Forwards>().open(destination, to);
}

}  // namespace

Result<std::string> socket_of(World& world, const std::string& target) {
  if (target.starts_with("unix://")) return local_socket(target.substr(7));
  if (target.starts_with("ssh://")) return remote_socket(world, target.substr(6));
  return Error("docker.unsupported", cat("'", printable(target), "' is no engine that can be reached"), kSupported);
}

Error way_error(World& world, const std::string& target, const std::string& socket) {
  return target.starts_with("ssh://") ? world.service<ssh::Forwards>().last_error(socket) : Error();
}

}  // namespace runbook::docker

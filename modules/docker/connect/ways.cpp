// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/connect/ways.h"

#include "host/core/text.h"
#include "host/ssh/forward/forwards.h"
#include "modules/docker/connect/target.h"
#include "runbook/module.h"

namespace runbook::docker {

namespace {

constexpr const char* kSocketThere = "/var/run/docker.sock";

// On another machine an engine is reached as the docker CLI does it, over SSH. Where sshd does not forward to the
// socket (AllowStreamLocalForwarding no), docker's own client there does.
Result<Endpoint> forwarded(World& world, Endpoint endpoint) {
  if (endpoint.ssh_machine.empty()) return endpoint;
  auto address = ssh::Address::parse(endpoint.ssh_machine);
  if (!address) return std::move(address).error();
  ssh::Destination destination;
  destination.address = std::move(*address);
  ssh::ForwardTarget to;
  to.path = endpoint.ssh_socket.empty() ? kSocketThere : endpoint.ssh_socket;
  to.argv = {"docker", "system", "dial-stdio"};
  if (!endpoint.ssh_socket.empty())
    to.argv = {"docker", "--host", "unix://" + endpoint.ssh_socket, "system", "dial-stdio"};
  auto socket = world.service<ssh::Forwards>().open(destination, to);
  if (!socket) return std::move(socket).error();
  endpoint.socket = std::move(*socket);
  return endpoint;
}

}  // namespace

Cancel Ways::find(const Value& target, Callback<void(Result<Endpoint>)> done) {
  const std::string& address = address_of(target);
  if (address.starts_with("unix://") || address.starts_with("ssh://")) {
    auto endpoint = parse_address(address);
    done(endpoint ? forwarded(world_, std::move(*endpoint)) : std::move(endpoint));
    return {};
  }
  auto read = [files = world_.shared<files::Tree>(), target, environment = Environment::current()] {
    return read_endpoint(*files, target, environment);
  };
  return world_.loop().blocking<Endpoint>(
      std::move(read), [this, done = std::move(done)](Result<Endpoint> endpoint) mutable {
        done(endpoint ? forwarded(world_, std::move(*endpoint)) : std::move(endpoint));
      });
}

void simulate_ways(World& world) {
  class Simulated final : public Ways {
   public:
    using Ways::Ways;
    bool simulated() const override { return true; }
    Cancel find(const Value& target, Callback<void(Result<Endpoint>)> done) override {
      const std::string& address = address_of(target);
      if (address.starts_with("unix://") || address.starts_with("ssh://")) return Ways::find(target, std::move(done));
      Endpoint endpoint;
      endpoint.address = address;
      endpoint.socket = "/simulated/docker/" + address;
      done(std::move(endpoint));
      return {};
    }
  };
  world.provide<Ways>(std::make_shared<Simulated>(world));
}

}  // namespace runbook::docker

// SPDX-License-Identifier: Apache-2.0
// Sockets and ports of other machines, as sockets here.
#include "host/core/text.h"
#include "host/ssh/forward/forwards.h"
#include "modules/ssh/operations.h"

namespace runbook::ssh {

namespace {

// "/var/run/docker.sock", "db.internal:5432", "[::1]:5432"
Result<ForwardTarget> target_of(const std::string& to) {
  ForwardTarget out;
  if (to.starts_with('/')) {
    if (to.find('\0') != std::string::npos) return Error("ssh.forward", "the path of the socket holds a NUL byte");
    out.path = to;
    return out;
  }
  auto address = Address::parse(to);
  if (!address || address->port == 0 || !address->user.empty()) {
    return Error("ssh.forward", cat("'", printable(to), "' is nothing to forward to"),
                 "give a port as that machine sees it (\"localhost:5432\"), or the absolute path of a socket there");
  }
  out.kind = ForwardTarget::Kind::kTcp;
  out.host = address->host;
  out.port = address->port;
  return out;
}

std::vector<Access> access(World& world, const Value& args) {
  const Value& target = args["target"];
  return destination_access(world, target, "forward", target["to"].as_string());
}

Cancel forward_path(Invocation call, Done done) {
  const Value& target = call.args["target"];
  auto destination = Destination::from(target);
  auto to = target_of(target["to"].as_string());
  if (!destination || !to) {
    done(destination ? std::move(to).error() : std::move(destination).error());
    return {};
  }
  auto path = call.world.service<Forwards>().open(*destination, *to, target["handle"].as_int());
  if (!path) {
    done(std::move(path).error());
    return {};
  }
  done(Value(std::move(*path)));
  return {};
}

Cancel forward_close(Invocation call, Done done) {
  auto destination = Destination::from(call.args["target"]);
  auto to = target_of(call.args["target"]["to"].as_string());
  if (destination && to) call.world.service<Forwards>().close(*destination, *to, call.args["target"]["handle"].as_int());
  done(Value());
  return {};
}

}  // namespace

// In a simulated world nothing listens; a simulator that serves such a socket knows it by this name.
void simulate_forwards(World& world) {
  class Simulated final : public Forwards {
   public:
    Simulated() : Forwards(std::shared_ptr<Connections>()) {}
    Result<std::string> open(const Destination& destination, const ForwardTarget& to, std::int64_t) override {
      const std::string there = to.kind == ForwardTarget::Kind::kUnix ? to.path : cat('/', to.host, ':', to.port);
      return cat("/simulated/ssh/", destination.address.show(), there);
    }
  };
  world.provide<Forwards>(std::make_shared<Simulated>());
}

// Nothing changes there or here but for a socket that goes with the run: a plan may read through it.
const Operation kForwardPath = {.name = "ssh.path", .effect = Effect::kRead, .fields = {}, .access = access, .perform = forward_path};
const Operation kForwardClose = {.name = "ssh.close", .effect = Effect::kRead, .fields = {}, .access = access, .perform = forward_close};

}  // namespace runbook::ssh

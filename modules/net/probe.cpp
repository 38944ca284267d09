// SPDX-License-Identifier: Apache-2.0
#include "modules/net/probe.h"

#include "host/core/net_address.h"
#include "host/core/text.h"
#include "host/gate/net_target.h"

namespace runbook::net {
namespace {

// The link is the HTTP client's too, and names its errors for that.
Error renamed(Error error) {
  if (error.code.starts_with("http.")) error.code = cat("net.", error.code.substr(5));
  return error;
}

class SimulatedProber final : public Prober {
 public:
  SimulatedProber(World& world, Simulate ask) : Prober(world), ask_(std::move(ask)) {}

  Cancel probe(HttpLink::Way way, Callback<void(Status)> done) override {
    return ask_(Value::object({{"kind", "net"}, {"target", way.where}}), {}, [done = std::move(done)](Result<Value> answer) mutable {
      if (answer) return done(Unit{});
      done(std::move(answer).error());
    });
  }

 private:
  Simulate ask_;
};

}  // namespace

Result<HttpLink::Way> parse_way(const std::string& target) {
  const auto bad = [&](std::string_view why) {
    return Error("argument.invalid", cat("net.probe: '", printable(target), "': ", why), "write 'tcp://db.example.org:5432' or 'unix:///run/db.sock'");
  };
  const auto parsed = parse_net_target(target);
  if (!parsed) return bad("it is no tcp://HOST:PORT and no unix:///PATH");
  HttpLink::Way way;
  way.where = target;
  if (parsed->scheme == "unix") {
    way.unix_socket = parsed->host;
    if (!HttpLink::fits(way.unix_socket)) return bad("this cannot be the path of a socket");
    return way;
  }
  if (parsed->scheme != "tcp") return bad("only tcp:// and unix:// can be probed");
  if (parsed->port == 0) return bad("it has no port");
  if (!parsed->rest.empty()) return bad("nothing can follow the port");
  way.host = parsed->host;
  way.port = parsed->port;
  way.allow_link_local = is_link_local(parsed->host);
  return way;
}

Cancel Prober::probe(HttpLink::Way way, Callback<void(Status)> done) {
  // Held by the link's own callback until it is called or the link is closed.
  auto link = std::make_shared<std::weak_ptr<HttpLink>>();
  HttpLink::Events events;
  events.on_open = [link, done = std::move(done)](Status status) mutable {
    if (const auto open = link->lock()) open->close();
    if (status) return done(Unit{});
    done(renamed(std::move(status).error()));
  };
  *link = HttpLink::open(loop_, std::move(way), std::move(events));
  return [link] {
    if (const auto open = link->lock()) open->close();
  };
}

void simulate(World& world, const Simulate& ask) { world.provide<Prober>(std::make_shared<SimulatedProber>(world, ask)); }

}  // namespace runbook::net

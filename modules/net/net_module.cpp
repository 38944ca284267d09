// SPDX-License-Identifier: Apache-2.0
#include "host/core/text.h"
#include "modules/net/probe.h"

namespace runbook {
extern const std::vector<EmbeddedLua> net_embedded;
}

namespace runbook::net {
namespace {

std::vector<Access> access(World&, const Value& args) {
  const std::string& target = args["target"].as_string();
  if (!parse_way(target)) return {{"none", "", "", ""}};  // perform refuses it
  return {{"net", target, "", ""}};
}

Cancel probe(Invocation call, Done done) {
  auto way = parse_way(call.args["target"].as_string());
  if (!way) {
    done(std::move(way).error());
    return {};
  }
  return call.world.service<Prober>().probe(std::move(*way), [done = std::move(done)](Status status) mutable {
    if (status) return done(Value(true));
    done(std::move(status).error());
  });
}

std::string describe(const Value& args) { return cat("probe ", printable(args["target"].as_string())); }

const Operation kProbe{"net.probe", Effect::kRead, {{"target", Type::kString, kPositionalRequired}, {"timeout", Type::kDuration}}, access, probe, 5, describe};

}  // namespace

const Module kModule{"net", "0.1", {{"probe", nullptr, &kProbe}}, &net_embedded, simulate};

}  // namespace runbook::net

// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/settled_filter.h"

#include <utility>

namespace runbook {

Cancel SettledFilter::apply(EffectCall& call, Next next, Done done) {
  const bool asks = call.operation->settles && call.operation->probe && !call.withheld && !call.reverting && !call.args.has_unknown();
  if (!asks) return next(std::move(done));
  EffectCall probe;
  probe.operation = &twins_.probe_of(*call.operation);
  probe.args = call.args;
  probe.parent = call.id;
  probe.covered = call.covered;
  probe.step = call.step;
  probe.where = call.where;
  auto under_way = std::make_shared<Cancel>();
  auto probed = std::make_shared<bool>(false);
  Cancel probing = gate_.run(std::move(probe), [under_way, probed, next = std::move(next), done = std::move(done)](Result<Value> said) mutable {
    *probed = true;
    const bool settled = said && (*said)["done"].as_bool();
    if (!settled) {
      *under_way = next(std::move(done));
      return;
    }
    Value result = (*said)["result"];
    if (!result.is_object()) result = Value::Object{};
    result.set("changed", false);
    done(std::move(result));
  });
  if (!*probed) *under_way = std::move(probing);  // else it is that of the call itself by now
  return [under_way] { (*under_way)(); };
}

}  // namespace runbook

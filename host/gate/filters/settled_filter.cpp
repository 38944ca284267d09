// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/settled_filter.h"

#include <algorithm>
#include <utility>

namespace runbook {

bool SettledFilter::may_have_been_changed(const EffectCall& call) const {
  const auto& touched = call.access();
  return programs_ || std::any_of(touched.begin(), touched.end(), [&](const Access& access) {
           return access.verb.starts_with("image.") && images_.count({access.kind, access.target}) != 0;
         });
}

// What is planned under a name is known to the dry run by that name. A program changes what it is not asked for, and an
// image has several names.
void SettledFilter::remember(const EffectCall& call) {
  if (call.operation->effect == Effect::kRead || call.composite()) return;
  for (const Access& access : call.access()) {
    programs_ = programs_ || access.kind == "run" || access.verb == "run" || access.verb.ends_with(".exec");
    if (access.verb.starts_with("image.")) images_.emplace(access.kind, access.target);
  }
}

Cancel SettledFilter::apply(EffectCall& call, Next next, Done done) {
  const bool asks = call.operation->settles && call.operation->probe && !call.withheld && !call.reverting &&
                    !call.args.has_unknown() && !may_have_been_changed(call) && !(planned_ && planned_(call));
  if (!asks) {
    remember(call);
    return next(std::move(done));
  }
  EffectCall probe;
  probe.operation = &twins_.probe_of(*call.operation);
  probe.args = call.args;
  probe.parent = call.id;
  probe.covered = call.covered;
  probe.step = call.step;
  probe.where = call.where;
  auto under_way = std::make_shared<Cancel>();
  auto probed = std::make_shared<bool>(false);
  Cancel probing = gate_.run(std::move(probe), [this, &call, under_way, probed, next = std::move(next), done = std::move(done)](Result<Value> said) mutable {
    *probed = true;
    const bool settled = said && (*said)["done"].as_bool();
    if (!settled) {
      remember(call);
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

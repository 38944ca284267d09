// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/blast_radius_filter.h"

#include "host/core/text.h"

namespace runbook {

Cancel BlastRadiusFilter::apply(EffectCall& call, Next next, Done done) {
  if (aside_ || call.composite() || call.operation->effect == Effect::kRead) return next(std::move(done));
  const auto over = [&](const char* name, const char* noun, int limit) {
    done(Error("limit.blast_radius", cat(call.describe(), ": this run may make ", limit, " ", noun, limit == 1 ? "" : "s", ", and has made as many"),
               cat("if that is meant, raise it with --limit ", name, "=", limit + 1, " or in the runbook's limits"))
             .with("limit", name));
    return Cancel();
  };
  const int destroys = call.operation->effect == Effect::kDestroy ? 1 : 0;
  if (limits_.max_changes && limits_.changes >= *limits_.max_changes) return over("changes", "change", *limits_.max_changes);
  if (destroys && limits_.max_destroys && limits_.destroys >= *limits_.max_destroys) {
    return over("destroys", "removal", *limits_.max_destroys);
  }
  // Counted before it is made: of several at once, only as many as are left may start.
  ++limits_.changes;
  limits_.destroys += destroys;
  return next([this, &call, destroys, done = std::move(done)](Result<Value> result) mutable {
    if (result && !call.changed(*result)) {
      --limits_.changes;
      limits_.destroys -= destroys;
    }
    done(std::move(result));
  });
}

}  // namespace runbook

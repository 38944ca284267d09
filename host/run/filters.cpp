// SPDX-License-Identifier: Apache-2.0
//
// Which filters stand between a run and the world, outermost first.
#include "host/gate/filters/dry_run_filter.h"
#include "host/gate/filters/permission_filter.h"
#include "host/run/run.h"

namespace runbook {

void Run::add_filters() {
  gate_.add(std::make_shared<PermissionFilter>(permissions_));
  if (dry_run()) gate_.add(std::make_shared<DryRunFilter>(plan_));
}

Cancel Run::revert_step(const std::string& path, Done done) {
  static_cast<void>(path);
  done(Value());
  return {};
}

}  // namespace runbook

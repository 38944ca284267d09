// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "modules/docker/engine/job.h"

namespace runbook::docker {

/// Ends the job with the error, after what the tasks of these services say themselves was added to it: their errors to
/// the message and as `tasks` to the context, the last lines of one that failed as `log`.
void fail_with_troubles(const Job::Ptr& job, std::vector<Value> services, Error error);

}  // namespace runbook::docker

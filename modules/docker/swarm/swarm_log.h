// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "modules/docker/engine/job.h"
#include "modules/docker/engine/log_text.h"

namespace runbook::docker {

/// What the tasks of a service wrote, or one task.
struct SwarmLogRequest {
  std::string path;    ///< "/services/ID/logs"
  std::string object;  ///< "service 'web'"
  bool terminal = false;
  LogRequest log;  ///< its name does not matter
};

/// The job's listener gets each line as {event = "line", stream, line, task, node}: ids. Lines of several tasks come in
/// no order.
void read_swarm_log(const Job::Ptr& job, SwarmLogRequest request, std::function<void(Result<LogText>)> next);

}  // namespace runbook::docker

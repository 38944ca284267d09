// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "modules/docker/engine/job.h"

namespace runbook::docker {

struct LogRequest {
  std::string name;
  std::int64_t tail = -1;  ///< lines; negative: all
  std::string since;       ///< Unix seconds; empty: from the beginning
  std::string until;       ///< the same; empty: to the end
  bool timestamps = false;
  bool follow = false;
  bool quiet = false;  ///< do not hand lines to the job's listener
  double timeout = 60;
  std::size_t limit = 4U << 20U;  ///< bytes kept: the last ones
};

struct LogText {
  std::string stdout_text;
  std::string stderr_text;
  std::string output;  ///< both, in the order they came
  bool truncated = false;
};

/// What the options of a call ask for.
LogRequest log_request(const Job& job);
/// The request for it. Whether the answer has frames depends on whether the container has a terminal.
Call log_call(const LogRequest& request);

/// Reads what a container wrote. The job's listener gets each line as {event = "line", stream, line}.
void read_log(const Job::Ptr& job, LogRequest request, std::function<void(Result<LogText>)> next);

}  // namespace runbook::docker

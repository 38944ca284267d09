// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "host/ssh/config/config_line.h"

namespace runbook::ssh {

/// What a Match line can ask about.
struct MatchFacts {
  std::string host;           ///< HostName so far
  std::string original_host;  ///< as the caller wrote it
  std::string user;
  std::string local_user;
  bool final_pass = false;
};

struct MatchAnswer {
  bool matches = false;
  bool wants_final_pass = false;  ///< `final` is named
};

/// Host: some pattern matches, and none with `!`.
Result<bool> match_host_line(const std::vector<std::string>& words, const std::string& host, const Place& place);
/// Match. Criteria that need what runbook does not do (exec, tagged) are an error where all others hold.
Result<MatchAnswer> match_match_line(const std::vector<std::string>& words, const MatchFacts& facts,
                                     const Place& place);

}  // namespace runbook::ssh

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "runbook/result.h"

namespace runbook {

/// scheme://host[:port], taken apart.
struct NetTarget {
  std::string scheme;  ///< lower case
  std::string host;    ///< lower case, without brackets and the root's dot; for "unix": the path
  int port = 0;        ///< the scheme's own where none is named; -1: any; 0: the scheme has none
  std::string rest;    ///< path, query: what a permission does not look at
};

/// Reads a target; `wildcard` is the byte that stands for "any" in patterns, or 0.
Result<NetTarget> parse_net_target(std::string_view text, char wildcard = 0);

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "runbook/value.h"

namespace runbook {

/// Where two values differ, one line each: "name: \"web\" became \"db\"", "ports[2]: 80 is gone", "env: \"x\" is new".
std::vector<std::string> value_differences(const Value& expected, const Value& actual);

}  // namespace runbook

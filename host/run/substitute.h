// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runbook/result.h"
#include "runbook/value.h"

namespace runbook {

/// The names that stand in braces: "deploy/{service}" gives service. Braces around anything else are plain text.
std::vector<std::string> references(std::string_view text);

/// The text with each {name} replaced by the parameter of that name. An error where there is none, or where it is
/// a list, a map or a secret.
Result<std::string> substitute(std::string_view text, const Value& params);

}  // namespace runbook

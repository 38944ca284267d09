// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/journal/records.h"

namespace runbook {

/// Of a run's effects, as they began: the changes of one step ("" for those outside any) that were made or may have
/// been, and have not been put back since.
std::vector<journal::EffectRecord> standing_changes(const std::vector<journal::EffectRecord>& effects,
                                                    std::string_view step);

/// Whether the effect put back an earlier one.
bool is_revert(const journal::EffectRecord& effect);

/// What an effect is known by within a run, from attempt to attempt: its step, its operation and its arguments.
std::string effect_key(std::string_view step, std::string_view operation, const Value& args);

}  // namespace runbook

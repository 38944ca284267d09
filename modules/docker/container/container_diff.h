// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "runbook/value.h"

namespace runbook::docker {

/// What a container would have to become to be as `wanted` (the body of its creation) says, for people: a unified diff
/// of the settings that differ. `found` is what the engine says of it, null where there is none. Secrets stay hidden.
std::string container_diff(const std::string& name, const Value& wanted, const Value& image, const Value& found);

}  // namespace runbook::docker

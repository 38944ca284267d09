// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "host/ssh/login/login_plan.h"

namespace runbook::ssh {

/// The host-key algorithms to ask a server for: those of the keys that are known of it come first.
std::string host_key_algorithms(const LoginPlan& plan);

/// Whether a key is trusted. An unknown one is, where the plan accepts new ones; then `is_new` is set.
Status judge_host_key(const LoginPlan& plan, std::string_view blob, bool& is_new);

}  // namespace runbook::ssh

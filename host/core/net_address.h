// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace runbook {

/// 169.254.0.0/16, fe80::/10 and fd00:ec2::254 in any notation that the system's resolver reads: where clouds keep the
/// credentials of their machines.
bool is_link_local(std::string_view host);

}  // namespace runbook

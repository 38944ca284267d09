// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/ssh/session/channel.h"

namespace runbook::ssh {

/// A session's bytes on a channel of another session, which must be of the kind kTcp.
std::unique_ptr<Carrier> channel_carrier(SessionPtr outer, std::unique_ptr<Channel> channel);

}  // namespace runbook::ssh

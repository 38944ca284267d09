// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "host/ssh/run/connection.h"
#include "runbook/remote_shell.h"

namespace runbook::ssh {

/// A program at the other end of a connection; see RemoteProcess. Errors beside those of the login: "ssh.no_shell" (the
/// login shell did not run sh), "ssh.no_exit_status" (it ended, and nobody said how).
std::unique_ptr<RemoteProcess> remote_run(const ConnectionPtr& connection, RemoteCommand command);

}  // namespace runbook::ssh

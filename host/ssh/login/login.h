// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "host/ssh/keys/agent.h"
#include "host/ssh/login/login_plan.h"
#include "host/ssh/session/session.h"

namespace runbook::ssh {

/// Key exchange, host key, login on a session that has just got its connection. Errors: "ssh.host_key", "ssh.auth",
/// "ssh.algorithms", "ssh.busy" (the server closed the connection before it had said anything: too many at once).
/// `agent` may be null. Once it has failed the session is of no further use.
Cancel log_in(const SessionPtr& session, std::shared_ptr<const LoginPlan> plan, std::shared_ptr<LoginFiles> files, Agent* agent,
              Callback<void(Status)> done);

/// The key that the server shows: a key exchange, and no login. That it is the server's own is proven; whether it is the
/// server that was meant is the caller's to judge.
Cancel fetch_host_key(const SessionPtr& session, std::shared_ptr<const LoginPlan> plan, Callback<void(Result<std::string>)> done);

/// For libssh2, which frees it: the text, whatever bytes are in it, and a NUL.
char* allocated(std::string_view text);

}  // namespace runbook::ssh

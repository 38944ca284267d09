// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "socket.h"

namespace quickstart {

/// One line on standard error, with the time. Safe from any thread.
void log_line(const std::string& text);

/// Listens and gives each connection a thread, at most 256 at a time (more wait in the backlog). SIGTERM or SIGINT stops the
/// listening; what is being answered gets 10 s to end. Returns the program's exit status.
int run_server(const Endpoint& endpoint, const std::function<void(int fd)>& handle);

}  // namespace quickstart

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "runbook/callback.h"
#include "runbook/loop.h"
#include "runbook/result.h"

namespace runbook::ssh {

/// What a session's bytes travel on: a TCP connection, or a channel of another session (a jump).
class Carrier {
 public:
  virtual ~Carrier() = default;
  /// As recv(2) and send(2) on a socket that does not block, but errors are negative numbers: -EAGAIN.
  virtual ssize_t receive(void* buffer, std::size_t size) = 0;
  virtual ssize_t send(const void* bytes, std::size_t size) = 0;
  /// From now on calls `on_ready` whenever one of the wanted may have become possible.
  virtual void want(bool readable, bool writable) = 0;
  /// The peer has hung up and nothing is left to read. Asks the system, so that it is true even before the loop knows.
  virtual bool ended() const = 0;
  /// A descriptor of a socket that does not block: libssh2 insists on one, though it never uses it.
  virtual int descriptor() const = 0;
  /// The login is over: latency matters less than the number of packets.
  virtual void settle() {}

  std::function<void()> on_ready;
};

/// Connects to a host by name or address, trying one address after the other. Errors: "ssh.unreachable".
Cancel tcp_connect(Loop& loop, const std::string& host, int port, double timeout,
                   Callback<void(Result<std::unique_ptr<Carrier>>)> done);

}  // namespace runbook::ssh

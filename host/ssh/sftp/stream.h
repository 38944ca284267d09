// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "host/ssh/run/connections.h"

namespace runbook::ssh::sftp {

/// Both directions to an SFTP server. Dropping it ends it.
class Stream {
 public:
  virtual ~Stream() = default;
  /// `on_end` comes once; nothing comes after it, and nothing at all from inside this call.
  virtual void start(std::function<void(std::string_view)> on_data, Callback<void(Error)> on_end) = 0;
  virtual void write(std::string bytes) = 0;
};

/// The subsystem "sftp" on a channel that `connection` gave, and that is given back with it.
std::unique_ptr<Stream> channel_stream(ConnectionPtr connection, std::unique_ptr<Channel> channel);

}  // namespace runbook::ssh::sftp

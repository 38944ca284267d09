// SPDX-License-Identifier: Apache-2.0
//
// One connection to an agent: a request after the other, each a message with its length in front.
#pragma once

#include <uv.h>

#include <memory>
#include <string>

#include "runbook/callback.h"
#include "runbook/loop.h"
#include "runbook/result.h"

namespace runbook::ssh {

/// Made by open(). libuv's callbacks may come until the pipe is closed, so the object keeps itself alive until then.
class AgentConnection : public std::enable_shared_from_this<AgentConnection> {
 public:
  static std::shared_ptr<AgentConnection> open(Loop& loop, const std::string& path);

  /// Sends a message and gives the answer's content. REQUIRES: nothing is asked already, and usable().
  void ask(const std::string& message, Callback<void(Result<std::string>)> done);
  /// No callback comes any more.
  void close();
  /// False once it has failed or was closed: open another one.
  bool usable() const { return !closed_; }

 private:
  struct Write;
  void connect();
  void send();
  void read();
  void on_data(std::string_view bytes);
  void fail(Error error);
  void finish(Result<std::string> result);
  /// A connection that nobody waits for does not keep the loop running.
  void wait(bool wanted);
  Error failed(const std::string& what, int code) const;

  Loop* loop_ = nullptr;
  std::string path_;
  uv_pipe_t pipe_{};
  uv_connect_t connect_{};
  bool connected_ = false;
  bool closed_ = false;
  std::string message_;  ///< to be sent once it is connected
  std::string buffer_;
  Callback<void(Result<std::string>)> done_;
  Cancel late_;
  std::shared_ptr<AgentConnection> self_;
};

}  // namespace runbook::ssh

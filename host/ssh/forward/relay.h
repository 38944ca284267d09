// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <uv.h>

#include <memory>
#include <string>

#include "host/ssh/forward/forward.h"

namespace runbook::ssh {

/// One local connection and its channel: what comes in on either goes out on the other, no faster than it is taken.
class Relay : public std::enable_shared_from_this<Relay> {
 public:
  /// Takes the pipe over.
  Relay(ConnectionPtr connection, uv_pipe_t* pipe);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  /// `done` is called once, unless close() is: when both directions have ended, or with an error.
  void start(const ForwardTarget& to, Callback<void(Status)> done);
  void close();

 private:
  struct Local;

  void opened(Result<std::unique_ptr<Channel>> channel, const ForwardTarget& to);
  void run(const std::vector<std::string>& argv);
  void begun();
  void from_there(std::string_view bytes);
  void there_ended(Status how);
  void from_here(std::string bytes);
  void here_ended();
  void flushed();
  void finish(Status how);

  ConnectionPtr connection_;
  Local* local_;
  std::unique_ptr<Channel> channel_;         ///< to a socket or port
  std::unique_ptr<RemoteProcess> process_;   ///< or a program
  Cancel opening_;
  Callback<void(Status)> done_;
  std::size_t unsent_ = 0;  ///< bytes for the local side
  bool there_over_ = false, here_over_ = false, flushed_ = false;
  std::string words_;       ///< the end of what a program says on its standard error
};

}  // namespace runbook::ssh

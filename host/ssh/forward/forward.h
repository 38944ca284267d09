// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "host/ssh/run/connections.h"

namespace runbook::ssh {

/// Where what comes in locally is to go, over there.
struct ForwardTarget {
  enum class Kind { kTcp, kUnix, kProgram } kind = Kind::kUnix;
  std::string host;               ///< kTcp
  int port = 0;
  std::string path;               ///< kUnix
  std::vector<std::string> argv;  ///< kProgram: its standard input and output ("docker system dial-stdio"); beside kUnix:
                                  ///< what serves where the server does not forward to the socket
};

/// A unix socket of our own (in a directory that only this user may enter), whose connections go on a channel each to a
/// socket, port or program on another machine. Errors of the way there end the connection and are kept for last_error().
class Forward {
 public:
  static Result<std::unique_ptr<Forward>> open(Connections& all, const Destination& destination, ForwardTarget to);
  ~Forward();
  Forward(const Forward&) = delete;
  Forward& operator=(const Forward&) = delete;

  const std::string& path() const;
  /// Why the last connection could not be made; empty code: it could.
  const Error& last_error() const;

  struct State;

 private:
  explicit Forward(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace runbook::ssh

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "host/ssh/session/session.h"
#include "runbook/remote_shell.h"

struct _LIBSSH2_CHANNEL;

namespace runbook::ssh {

/// What a channel leads to.
struct Opening {
  enum class Kind { kSession, kTcp, kUnix } kind = Kind::kSession;
  std::string host;  ///< kTcp: as the server sees it
  int port = 0;
  std::string path = {};  ///< kUnix: a socket there
};

/// One channel of a session: a program with its three streams, or a forwarded connection. Dropping it closes it in the
/// background.
class Channel {
 public:
  using OnData = std::function<void(bool is_error, std::string_view bytes)>;
  using OnEnd = Callback<void(Result<RemoteExit>)>;
  using OnOpen = Callback<void(Result<std::unique_ptr<Channel>>)>;

  /// Errors: "ssh.channel_refused", with the server's reason in the context ("administratively prohibited").
  static Cancel open(const SessionPtr& session, const Opening& opening, OnOpen done);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Until it is used: notices when the connection goes.
  void watch();
  /// Asks for a program ("exec") or a subsystem on a channel of the kind session, once.
  void start(const char* request, std::string what, const RemoteTerminal* terminal, OnData on_data, OnEnd on_end);
  /// Takes what comes, on a channel of another kind.
  void receive(OnData on_data, OnEnd on_end);
  void write(std::string bytes, Callback<void(Status)> written);
  void end_input();
  /// What has not been sent yet is not sent any more, nor that the input has ended.
  void abandon_input();
  void set_paused(bool paused);

  struct State;

 private:
  explicit Channel(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace runbook::ssh

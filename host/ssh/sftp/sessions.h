// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "host/ssh/run/connections.h"
#include "host/ssh/sftp/client.h"
#include "host/ssh/sftp/flow.h"

namespace runbook::ssh::sftp {

/// The SFTP sessions of a run, one for a destination: a service of the World. One that nobody has used for a while is
/// closed, so that a run over a fleet does not keep them all.
class Sessions {
 public:
  explicit Sessions(World& world) : Sessions(world.shared<Connections>()) {}
  explicit Sessions(std::shared_ptr<Connections> connections, double idle = 10) : connections_(std::move(connections)), idle_(idle) {}
  virtual ~Sessions();
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;

  /// The session, opened where there is none.
  virtual Cancel open(const Destination& destination, Callback<void(Result<ClientPtr>)> done);
  Loop& loop() const { return connections_->loop(); }

 private:
  struct Slot {
    ConnectionPtr connection;
    ClientPtr client;
    bool opening = false;
    Cancel step;
    std::list<std::shared_ptr<Callback<void(Result<ClientPtr>)>>> waiting;
    Cancel idle;
  };
  using SlotPtr = std::shared_ptr<Slot>;

  void begin(const SlotPtr& slot);
  void opened(const SlotPtr& slot, Result<ClientPtr> client);
  void watch_idle(const SlotPtr& slot);

  std::shared_ptr<Connections> connections_;
  double idle_;
  std::map<std::string, SlotPtr> slots_;
};

/// Does something on a session, and once more (three times at most) when the connection is lost on the way. REQUIRES: it
/// may be done again.
template <class T>
Flow<Result<T>> on_session(std::shared_ptr<Sessions> sessions, Destination destination, std::function<Flow<Result<T>>(ClientPtr)> work, int tries) {
  constexpr double kFirstPause = 0.3;
  for (int attempt = 1;; ++attempt) {
    auto client = co_await Wait<Result<ClientPtr>>([&sessions, &destination](Callback<void(Result<ClientPtr>)> done) {
      return sessions->open(destination, std::move(done));
    });
    if (!client) co_return std::move(client).error();
    Result<T> result = co_await work(*client);
    if (result || result.error().code != "ssh.connection_lost" || attempt >= tries) co_return std::move(result);
    co_await pause(sessions->loop(), kFirstPause * attempt);
  }
}

}  // namespace runbook::ssh::sftp

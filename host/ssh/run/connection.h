// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "host/ssh/login/destination.h"
#include "host/ssh/login/login_plan.h"
#include "host/ssh/session/channel.h"

namespace runbook::ssh {

class Connections;

/// The way to one destination: connects on first use, once for all that is to be done there at a time, and again when it
/// was lost in between. What is asked for waits for its turn where the server takes only so many channels (MaxSessions).
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using OnChannel = Callback<void(Result<std::unique_ptr<Channel>>)>;

  Connection(Connections& all, Destination destination);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// A channel of its own for the caller, who gives it back (dropped) with release(). Errors are those of the login too.
  /// `urgent`: not waited for its turn: where there is no room it is an error.
  Cancel channel(const Opening& opening, OnChannel done, bool urgent = false);
  void release();

  const std::string& name() const { return name_; }
  const SessionPtr& session() const { return session_; }
  const Destination& destination() const { return destination_; }
  Loop& loop() const { return loop_; }
  bool idle() const { return waiting_.empty() && in_use_ == 0; }
  /// Ends it; the next use connects again.
  void close();
  /// Ends it for good: what is asked of it from now on fails.
  void retire();
  /// Another way to the same destination, for what cannot wait for its turn here. Null once this one is retired.
  std::shared_ptr<Connection> another() const;
  /// See Connections::ending. Null once this one is retired.
  std::shared_ptr<void> ending() const;
  bool closed_early = false;  ///< because others rested, too; see Connections::rests

 private:
  struct Request {
    Opening opening;
    OnChannel done;
    bool urgent = false;
    int lost = 0;  ///< connections, before it had its turn
    int refused = 0;
  };
  using RequestPtr = std::shared_ptr<Request>;

  void connect();
  void planned(LoginPlan plan);
  void carry(Result<std::unique_ptr<Carrier>> carrier);
  void refused(Error why);
  void connected(SessionPtr session);
  void stop_connecting();
  void fail(const Error& why);
  void on_lost();
  bool idle_but_waiting() const;
  void dispatch();
  void open(const RequestPtr& request);
  Error retired() const;
  void wait_again(const RequestPtr& request);
  void open_spare();
  void hand_over(const RequestPtr& request, Result<std::unique_ptr<Channel>> channel);

  Connections* all_;  ///< null: retired
  Loop& loop_;
  Destination destination_;
  std::string name_;
  std::shared_ptr<const LoginPlan> plan_;
  SessionPtr session_;        ///< logged in
  SessionPtr candidate_;      ///< on its way there
  std::shared_ptr<Connection> outer_;  ///< the jump before it
  bool outer_used_ = false;
  bool connecting_ = false;
  int attempts_ = 0;
  Cancel step_, deadline_;
  std::deque<RequestPtr> waiting_;
  int in_use_ = 0;            ///< channels that are open or being opened
  int most_ = 1000;           ///< channels at a time, as far as is known
  int handed_ = 0;            ///< channels that programs have got so far
  bool far_ = false;          ///< a round trip is long
  std::unique_ptr<Channel> spare_;
  bool spare_opening_ = false, spare_refused_ = false;
};
using ConnectionPtr = std::shared_ptr<Connection>;

}  // namespace runbook::ssh

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "host/ssh/session/carrier.h"
#include "runbook/loop.h"
#include "runbook/result.h"

struct _LIBSSH2_SESSION;

namespace runbook::ssh {

/// One libssh2 session, driven by the loop. libssh2's functions are called again until they no longer say "would block",
/// and it keeps what it was doing inside the session; from that follow the rules that this class is there for:
///
/// - What could not be sent whole is owned by the call that was sending it: until that one has finished no other is made.
/// - One channel is opened (or one login step made) at a time.
/// - Any call may read what is meant for another one, so every piece of work has a turn until a whole round brings nothing.
class Session : public std::enable_shared_from_this<Session> {
 public:
  /// A piece of work: true when it has finished; false when libssh2 would block.
  struct Work {
    std::function<bool()> step;
    std::function<void(const Error&)> on_lost;  ///< the connection is gone; nothing else is called
    bool exclusive = false;                     ///< of those, only the first has a turn
    bool dropped = false;
    bool resting = false;  ///< has no turn for now
  };
  using WorkPtr = std::shared_ptr<Work>;

  Session(Loop& loop, std::unique_ptr<Carrier> carrier, std::string name);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  _LIBSSH2_SESSION* raw() const { return raw_; }
  Loop& loop() const { return loop_; }
  Carrier& carrier() { return *carrier_; }
  const std::string& name() const { return name_; }  ///< "deploy@web1", for messages

  /// Where the session is lost already, the work hears of it in the loop's next turn.
  WorkPtr add(std::function<bool()> step, std::function<void(const Error&)> when_lost, bool exclusive = false);
  /// It has no further turn, unless it has something half sent.
  void drop(const WorkPtr& work);
  /// Gives every piece of work a turn soon: something has changed that the carrier does not know of.
  void wake();

  /// What libssh2 said last, in our words: "ssh.protocol" with `doing`.
  Error error(const std::string& doing) const;
  /// Ends it: every piece of work hears `why`.
  void lose(Error why);
  bool lost() const { return lost_; }
  /// Lost, should nothing be heard for `count` times `interval` seconds while work is under way.
  void keep_alive(double interval, int count);

  std::function<void()> on_lost;
  /// What a question for a password is answered with, once: libssh2 hands its callback nothing but the session.
  std::string password_answer;

  // For libssh2's callbacks.
  ssize_t receive(void* buffer, std::size_t size);
  ssize_t send(const void* bytes, std::size_t size);

 private:
  ssize_t receive_ahead(void* buffer, std::size_t size);
  ssize_t take(ssize_t got);
  void pump();
  void pump_in(Duration delay);
  bool round();
  bool turn(const WorkPtr& work);
  void arm();
  void tell_lost(const WorkPtr& work);
  void beat();

  Loop& loop_;
  std::unique_ptr<Carrier> carrier_;
  std::string name_;
  _LIBSSH2_SESSION* raw_ = nullptr;
  std::list<WorkPtr> works_;
  WorkPtr owner_;  ///< has something half sent
  std::size_t received_ = 0;
  std::array<char, 256> ahead_{};
  std::size_t ahead_at_ = 0, ahead_size_ = 0;
  bool freeing_ = false;
  bool again_ = false;
  bool pumping_ = false;
  bool ended_ = false;     ///< the peer has hung up; what it sent before is still worked off
  bool lost_ = false;
  Error lost_because_;
  std::string end_reason_;
  Cancel soon_;
  bool soon_set_ = false;
  Cancel beat_;
  double interval_ = 0;
  int silent_ = 0, most_silent_ = 0;
  bool heard_ = true;
};
using SessionPtr = std::shared_ptr<Session>;

}  // namespace runbook::ssh

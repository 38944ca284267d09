// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/session/session.h"

#include <libssh2.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <vector>

#include "host/core/text.h"

namespace runbook::ssh {

namespace {

constexpr int kMostRounds = 64;  // then other sessions have their turn, and timers
constexpr std::chrono::milliseconds kMostTime{20};  // likewise: who takes the output may be slower than who sends it
constexpr std::size_t kMostReceived = 128U << 10U;  // in a round: libssh2 reads for as long as there is something
constexpr double kLeastInterval = 2;                // libssh2 says nothing more often

ssize_t on_receive(libssh2_socket_t, void* buffer, size_t size, int, void** abstract) {
  return static_cast<Session*>(*abstract)->receive(buffer, size);
}
ssize_t on_send(libssh2_socket_t, const void* bytes, size_t size, int, void** abstract) {
  return static_cast<Session*>(*abstract)->send(bytes, size);
}

}  // namespace

Session::Session(Loop& loop, std::unique_ptr<Carrier> carrier, std::string name)
    : loop_(loop), carrier_(std::move(carrier)), name_(std::move(name)) {
  static const int initialised = libssh2_init(0);
  raw_ = initialised == 0 ? libssh2_session_init_ex(nullptr, nullptr, nullptr, this) : nullptr;
  if (!raw_) std::abort();  // out of memory
  libssh2_session_set_blocking(raw_, 0);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // its successor came with 1.11.1
  libssh2_session_callback_set(raw_, LIBSSH2_CALLBACK_RECV, reinterpret_cast<void*>(&on_receive));
  libssh2_session_callback_set(raw_, LIBSSH2_CALLBACK_SEND, reinterpret_cast<void*>(&on_send));
#pragma GCC diagnostic pop
  carrier_->on_ready = [this] { pump(); };
}

Session::~Session() {
  soon_();
  beat_();
  freeing_ = true;  // else freeing a session with open channels would wait for answers
  libssh2_session_free(raw_);
}

ssize_t Session::receive(void* buffer, std::size_t size) {
  if (freeing_) return -ECONNRESET;
  // Not told to libssh2, which would forget packets that it has read and not handed out.
  if (ended_ || received_ >= kMostReceived) return -EAGAIN;
  // A server's greeting is read byte by byte. Not from the system.
  if (size < ahead_.size() || ahead_at_ < ahead_size_) return receive_ahead(buffer, size);
  return take(carrier_->receive(buffer, size));
}

ssize_t Session::receive_ahead(void* buffer, std::size_t size) {
  if (ahead_at_ == ahead_size_) {
    const ssize_t got = take(carrier_->receive(ahead_.data(), ahead_.size()));
    if (got < 0) return got;
    ahead_at_ = 0;
    ahead_size_ = static_cast<std::size_t>(got);
  }
  const std::size_t taken = std::min(size, ahead_size_ - ahead_at_);
  std::memcpy(buffer, ahead_.data() + ahead_at_, taken);
  ahead_at_ += taken;
  return static_cast<ssize_t>(taken);
}

// What the carrier said, as libssh2 may hear it.
ssize_t Session::take(ssize_t got) {
  if (got > 0) {
    received_ += static_cast<std::size_t>(got);
    heard_ = true;
  } else if (got != -EAGAIN && got != -EINTR) {
    ended_ = true;
    end_reason_ = got == 0 ? "the server closed it" : std::strerror(static_cast<int>(-got));
    return -EAGAIN;
  }
  return got == -EINTR ? -EAGAIN : got;
}

ssize_t Session::send(const void* bytes, std::size_t size) {
  if (ended_ || freeing_) return static_cast<ssize_t>(size);  // into the void; see receive
  const ssize_t sent = carrier_->send(bytes, size);
  if (sent >= 0 || sent == -EAGAIN || sent == -EINTR) return sent == -EINTR ? -EAGAIN : sent;
  // What the server said before it went may still be there to read: the round that reads it finds the end.
  return static_cast<ssize_t>(size);
}

Session::WorkPtr Session::add(std::function<bool()> step, std::function<void(const Error&)> when_lost, bool exclusive) {
  auto work = std::make_shared<Work>(Work{std::move(step), std::move(when_lost), exclusive});
  if (lost_) {
    loop_.post([self = shared_from_this(), work] { self->tell_lost(work); });
    return work;
  }
  works_.push_back(work);
  wake();
  return work;
}

void Session::tell_lost(const WorkPtr& work) {
  if (!work->dropped && work->on_lost) work->on_lost(lost_because_);
  work->dropped = true;
}

void Session::drop(const WorkPtr& work) {
  if (work) work->dropped = true;
}

void Session::wake() {
  again_ = true;
  if (!pumping_) pump_in(Duration::zero());
}

void Session::pump_in(Duration delay) {
  if (soon_set_ || lost_) return;
  soon_set_ = true;
  soon_ = loop_.after(delay, [this] {
    soon_set_ = false;
    pump();
  });
}

// False when what it has to send could not be sent whole.
bool Session::turn(const WorkPtr& work) {
  const bool finished = work->step();
  if (finished) {
    work->dropped = true;
    again_ = true;
  } else if ((libssh2_session_block_directions(raw_) & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0) {
    owner_ = work;
    return false;
  }
  if (owner_ == work) owner_.reset();
  return true;
}

bool Session::round() {
  if (owner_ && !turn(owner_)) return false;
  bool exclusive_taken = false;
  const std::vector<WorkPtr> now(works_.begin(), works_.end());
  for (const WorkPtr& work : now) {
    if (lost_) return false;
    if (work->dropped || work->resting || (work->exclusive && exclusive_taken)) continue;
    exclusive_taken = exclusive_taken || work->exclusive;
    if (!turn(work)) return false;
  }
  works_.remove_if([this](const WorkPtr& work) { return work->dropped && work != owner_; });
  return true;
}

void Session::pump() {
  if (pumping_ || lost_) return;
  pumping_ = true;
  const auto self = shared_from_this();
  bool busy = true;
  const auto end = std::chrono::steady_clock::now() + kMostTime;
  for (int count = 0; busy && count < kMostRounds && !lost_ && std::chrono::steady_clock::now() < end; ++count) {
    received_ = 0;
    again_ = false;
    busy = round() && (received_ > 0 || again_);
  }
  pumping_ = false;
  if (lost_) return;
  if (ended_ && !busy) {
    Error gone("ssh.connection_lost", cat("the connection to ", name_, " is gone: ", end_reason_), "'resume' goes on from here");
    return lose(std::move(gone).with("host", name_).retry());
  }
  // Not at once: what a timer posts runs before the loop looks at anything else.
  if (busy) pump_in(std::chrono::milliseconds(1));
  arm();
}

void Session::arm() {
  bool active = false;
  for (const WorkPtr& work : works_) active = active || (!work->dropped && !work->resting);
  // Nobody reads while nobody works: to watch for bytes then would wake us again and again.
  carrier_->want(active || owner_ != nullptr, owner_ != nullptr);
}

Error Session::error(const std::string& doing) const {
  char* text = nullptr;
  const int code = libssh2_session_last_error(raw_, &text, nullptr, 0);
  return Error("ssh.protocol", cat(doing, " on ", name_, ": ", text && *text ? printable(text) : cat("libssh2 error ", code)))
      .with("host", name_);
}

void Session::lose(Error why) {
  if (lost_) return;
  lost_ = true;
  lost_because_ = std::move(why);
  const auto self = shared_from_this();
  ended_ = true;
  carrier_->want(false, false);
  carrier_->on_ready = nullptr;
  soon_();
  beat_();
  owner_.reset();
  if (on_lost) on_lost();
  const std::vector<WorkPtr> all(works_.begin(), works_.end());
  works_.clear();
  for (const WorkPtr& work : all) tell_lost(work);
}

void Session::keep_alive(double interval, int count) {
  if (interval <= 0) return;
  interval_ = std::max(interval, kLeastInterval);
  most_silent_ = std::max(count, 1);
  libssh2_keepalive_config(raw_, 1, static_cast<unsigned>(interval_));
  beat_ = loop_.after(seconds(interval_), [this] { beat(); });
}

void Session::beat() {
  beat_ = loop_.after(seconds(interval_), [this] { beat(); });
  bool active = false;
  for (const WorkPtr& work : works_) active = active || (!work->dropped && !work->resting);
  silent_ = heard_ || !active ? 0 : silent_ + 1;
  heard_ = false;
  if (silent_ >= most_silent_) {
    return lose(Error("ssh.connection_lost",
                      cat(name_, " has not answered for ", show_duration(interval_ * most_silent_)), "'resume' goes on from here")
                    .with("host", name_)
                    .retry());
  }
  if (!active || owner_) return;
  add([this] {
    int next = 0;
    return libssh2_keepalive_send(raw_, &next) != LIBSSH2_ERROR_EAGAIN;
  }, nullptr);
}

}  // namespace runbook::ssh

// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/session/channel_carrier.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace runbook::ssh {

namespace {

constexpr std::size_t kMostWaiting = 512U << 10U;  // in each direction

class ChannelCarrier final : public Carrier {
 public:
  ChannelCarrier(SessionPtr outer, std::unique_ptr<Channel> channel) : outer_(std::move(outer)), channel_(std::move(channel)) {
    channel_->receive(
        [this](bool, std::string_view bytes) {
          // What has been read is cut off rarely: moving the rest each time would cost more than it saves.
          if (read_ > kMostWaiting / 2) {
            received_.erase(0, read_);
            read_ = 0;
          }
          received_ += bytes;
          if (received_.size() - read_ > kMostWaiting) channel_->set_paused(true);
          ready();
        },
        [this](Result<RemoteExit>) {
          ended_ = true;
          ready();
        });
  }
  ~ChannelCarrier() override {
    soon_();
    *alive_ = false;
  }
  ChannelCarrier(const ChannelCarrier&) = delete;
  ChannelCarrier& operator=(const ChannelCarrier&) = delete;

  ssize_t receive(void* buffer, std::size_t size) override {
    const std::size_t there = received_.size() - read_;
    if (there == 0) return ended_ ? 0 : -EAGAIN;
    const std::size_t taken = std::min(size, there);
    std::memcpy(buffer, received_.data() + read_, taken);
    read_ += taken;
    if (read_ == received_.size()) {
      received_.clear();
      read_ = 0;
    }
    if (there - taken <= kMostWaiting / 2) channel_->set_paused(false);
    return static_cast<ssize_t>(taken);
  }
  ssize_t send(const void* bytes, std::size_t size) override {
    if (ended_) return -EPIPE;
    if (sending_ >= kMostWaiting) return -EAGAIN;
    sending_ += size;
    channel_->write(std::string(static_cast<const char*>(bytes), size), [this, size, alive = alive_](Status) {
      if (!*alive) return;
      sending_ -= size;
      ready();
    });
    return static_cast<ssize_t>(size);
  }
  void want(bool readable, bool writable) override {
    readable_ = readable;
    writable_ = writable;
    ready();
  }
  bool ended() const override { return (ended_ && received_.empty()) || outer_->lost() || outer_->carrier().ended(); }
  int descriptor() const override { return outer_->carrier().descriptor(); }

 private:
  // Never from inside the call that made something ready: the session above may be in the middle of its own.
  void ready() {
    const bool is_ready = (readable_ && (read_ < received_.size() || (ended_ && !told_))) || (writable_ && sending_ < kMostWaiting);
    if (!is_ready || soon_set_) return;
    soon_set_ = true;
    soon_ = outer_->loop().post([this] {
      soon_set_ = false;
      told_ = ended_;
      if (on_ready) on_ready();
    });
  }

  SessionPtr outer_;
  std::unique_ptr<Channel> channel_;
  std::string received_;
  std::size_t read_ = 0;
  std::size_t sending_ = 0;
  bool readable_ = false, writable_ = false, ended_ = false, told_ = false, soon_set_ = false;
  Cancel soon_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

std::unique_ptr<Carrier> channel_carrier(SessionPtr outer, std::unique_ptr<Channel> channel) {
  return std::make_unique<ChannelCarrier>(std::move(outer), std::move(channel));
}

}  // namespace runbook::ssh

// SPDX-License-Identifier: Apache-2.0
#include "host/net/short_timer.h"

#include <sys/timerfd.h>
#include <unistd.h>
#include <uv.h>

#include <cstddef>
#include <cstdint>

namespace runbook {

// libuv's memory outlives uv_close: the handle deletes itself.
struct ShortTimer::Handle {
  uv_poll_t poll{};
  int fd = -1;
  ShortTimer* timer = nullptr;
};

ShortTimer::~ShortTimer() {
  if (!handle_) return;
  uv_poll_stop(&handle_->poll);
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_->poll), [](uv_handle_t* handle) {
    auto* self = reinterpret_cast<Handle*>(handle);
    ::close(self->fd);
    delete self;
  });
}

bool ShortTimer::open() {
  static_assert(offsetof(Handle, poll) == 0);
  const int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (fd < 0) return false;
  auto* handle = new Handle{{}, fd, this};
  if (uv_poll_init(loop_.uv(), &handle->poll, fd) != 0) {
    ::close(fd);
    delete handle;
    return false;
  }
  handle_ = handle;
  return true;
}

bool ShortTimer::start(std::chrono::microseconds delay) {
  if (running_) return true;
  if (!handle_ && !open()) return false;
  itimerspec when{};
  when.it_value.tv_nsec = std::chrono::nanoseconds(delay).count();
  if (timerfd_settime(handle_->fd, 0, &when, nullptr) != 0) return false;
  running_ = true;
  uv_poll_start(&handle_->poll, UV_READABLE,
                [](uv_poll_t* poll, int, int) { reinterpret_cast<Handle*>(poll)->timer->fire(); });
  return true;
}

void ShortTimer::fire() {
  std::uint64_t expired = 0;
  if (::read(handle_->fd, &expired, sizeof expired) < 0) return;
  running_ = false;
  uv_poll_stop(&handle_->poll);
  const auto due = due_;  // it may end this
  due();
}

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
#include "server.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

namespace quickstart {
namespace {

constexpr int kConnectionLimit = 256;
constexpr auto kGrace = std::chrono::seconds(10);

/// How many connections are being answered.
class Gauge {
 public:
  void enter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return active_ < kConnectionLimit; });
    ++active_;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    --active_;
    changed_.notify_all();
  }
  bool wait_until_idle() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kGrace, [this] { return active_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int active_ = 0;
};

/// SIGTERM and SIGINT as something to poll. A process that is the first of its container gets no default handling.
Fd stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return Fd(signalfd(-1, &set, SFD_CLOEXEC));
}

}  // namespace

void log_line(const std::string& text) {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
  const std::string line = std::string(stamp) + " " + text + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

int run_server(const Endpoint& endpoint, const std::function<void(int fd)>& handle) {
  std::string error;
  const Fd signals = stop_signals();
  Fd listener = listen_on(endpoint, &error);
  if (!listener) {
    log_line("cannot listen on " + endpoint.host + ":" + std::to_string(endpoint.port) + ": " + error);
    return 1;
  }
  log_line("listening on " + endpoint.host + ":" + std::to_string(port_of(listener.get())));

  // Shared with the threads, which may outlive this function when the grace time is over.
  auto gauge = std::make_shared<Gauge>();
  for (;;) {
    pollfd waits[] = {{listener.get(), POLLIN, 0}, {signals.get(), POLLIN, 0}};
    if (poll(waits, 2, -1) < 0) continue;
    if (waits[1].revents != 0) break;
    Fd connection(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) {
      // Out of descriptors, most likely: the connection stays in the backlog, so do not ask again at once.
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      continue;
    }
    gauge->enter();
    try {
      std::thread([gauge, handle, fd = std::move(connection)] {
        handle(fd.get());
        gauge->leave();
      }).detach();
    } catch (const std::system_error& failure) {
      log_line(std::string("no thread for a connection: ") + failure.what());
      gauge->leave();
    }
  }
  listener = Fd();
  const bool idle = gauge->wait_until_idle();
  log_line(idle ? "stopped" : "stopped, with connections still open");
  return 0;
}

}  // namespace quickstart

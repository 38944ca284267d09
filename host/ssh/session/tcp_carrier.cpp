// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "host/core/text.h"
#include "host/ssh/session/carrier.h"

namespace runbook::ssh {

namespace {

/// A socket and its watcher. libuv's memory must outlive uv_close, so the watcher deletes itself.
class TcpCarrier final : public Carrier {
 public:
  TcpCarrier(Loop& loop, int descriptor) : watch_(new Watch{{}, this}), descriptor_(descriptor) {
    uv_poll_init_socket(loop.uv(), &watch_->handle, descriptor);
  }
  ~TcpCarrier() override {
    watch_->owner = nullptr;
    uv_poll_stop(&watch_->handle);
    close(descriptor_);
    uv_close(reinterpret_cast<uv_handle_t*>(&watch_->handle),
             [](uv_handle_t* handle) { delete reinterpret_cast<Watch*>(handle); });
  }
  TcpCarrier(const TcpCarrier&) = delete;
  TcpCarrier& operator=(const TcpCarrier&) = delete;

  ssize_t receive(void* buffer, std::size_t size) override {
    if (drained_) return -EAGAIN;
    const ssize_t got = recv(descriptor_, buffer, size, 0);
    // Less than was asked for was all there is. What comes later wakes us, so that there is no need to ask again. Not so
    // where nothing at all came: that is the end.
    drained_ = got > 0 ? static_cast<std::size_t>(got) < size : got < 0 && errno == EAGAIN;
    return got < 0 ? -errno : got;
  }
  ssize_t send(const void* bytes, std::size_t size) override {
    const ssize_t sent = ::send(descriptor_, bytes, size, MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
  }
  void want(bool readable, bool writable) override {
    const int events = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
    if (events == events_) return;
    events_ = events;
    if (events == 0) {
      uv_poll_stop(&watch_->handle);
      return;
    }
    uv_poll_start(&watch_->handle, events, [](uv_poll_t* handle, int, int) {
      TcpCarrier* self = reinterpret_cast<Watch*>(handle)->owner;
      if (!self) return;
      self->drained_ = false;
      if (self->hurried_) self->acknowledge_at_once();
      if (self->on_ready) self->on_ready();
    });
  }
  bool ended() const override {
    char byte = 0;
    const ssize_t got = recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
  }
  int descriptor() const override { return descriptor_; }
  void settle() override { hurried_ = false; }

  // A server that waits with small packets for our acknowledgement of the last (Nagle) waits 40 ms for a delayed one.
  // The kernel forgets the wish again and again.
  void acknowledge_at_once() const {
    const int on = 1;
    setsockopt(descriptor_, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  }

 private:
  struct Watch {
    uv_poll_t handle;
    TcpCarrier* owner;
  };
  Watch* watch_;
  int descriptor_;
  int events_ = 0;
  bool hurried_ = true;
  bool drained_ = false;  ///< as far as the loop knows
};

struct Connecting : std::enable_shared_from_this<Connecting> {
  explicit Connecting(Loop& on) : loop(on) {}

  Loop& loop;
  std::string host;
  int port = 0;
  double timeout = 0;
  Callback<void(Result<std::unique_ptr<Carrier>>)> done;
  Cancel deadline, soon;
  struct Place {
    sockaddr_storage address;
    socklen_t size;
  };
  std::vector<Place> places;
  std::size_t next = 0;
  std::unique_ptr<TcpCarrier> carrier;
  std::string refusal;

  void finish(Result<std::unique_ptr<Carrier>> result) {
    deadline();
    carrier.reset();
    done(std::move(result));
  }
  Error unreachable(const std::string& why, const std::string& hint) const {
    return Error("ssh.unreachable", cat("cannot connect to '", printable(host), "' port ", port, ": ", why), hint)
        .with("host", host)
        .retry();
  }
  void stop() {
    done.reset();
    soon();
    deadline();
    carrier.reset();
  }
  bool is_address() {
    Place place{};
    auto* four = reinterpret_cast<sockaddr_in*>(&place.address);
    auto* six = reinterpret_cast<sockaddr_in6*>(&place.address);
    if (inet_pton(AF_INET, host.c_str(), &four->sin_addr) == 1) {
      four->sin_family = AF_INET;
      four->sin_port = htons(static_cast<std::uint16_t>(port));
      place.size = sizeof *four;
    } else if (inet_pton(AF_INET6, host.c_str(), &six->sin6_addr) == 1) {
      six->sin6_family = AF_INET6;
      six->sin6_port = htons(static_cast<std::uint16_t>(port));
      place.size = sizeof *six;
    } else {
      return false;
    }
    places.push_back(place);
    return true;
  }
  void try_next() {
    while (next < places.size()) {
      const Place& place = places[next++];
      const int descriptor = socket(place.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      if (descriptor < 0) {
        refusal = std::strerror(errno);
        continue;
      }
      const int on = 1;
      setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      const int rc = connect(descriptor, reinterpret_cast<const sockaddr*>(&place.address), place.size);
      if (rc != 0 && errno != EINPROGRESS) {
        refusal = std::strerror(errno);
        close(descriptor);
        continue;
      }
      carrier = std::make_unique<TcpCarrier>(loop, descriptor);
      carrier->on_ready = [self = shared_from_this()] { self->on_connected(); };
      carrier->want(false, true);
      return;
    }
    finish(unreachable(refusal.empty() ? "it has no address" : refusal, "is it up, and does sshd listen on that port?"));
  }
  void on_connected() {
    int problem = 0;
    socklen_t size = sizeof problem;
    getsockopt(carrier->descriptor(), SOL_SOCKET, SO_ERROR, &problem, &size);
    auto self = shared_from_this();  // on_ready holds one, and goes
    carrier->want(false, false);
    carrier->on_ready = nullptr;
    if (problem != 0) {
      refusal = std::strerror(problem);
      carrier.reset();
      return try_next();
    }
    carrier->acknowledge_at_once();
    finish(std::unique_ptr<Carrier>(std::move(carrier)));
  }
};
using ConnectingPtr = std::shared_ptr<Connecting>;

/// A look-up in the thread pool: it cannot be interrupted, so it owns what it touches.
struct Lookup {
  uv_getaddrinfo_t request{};
  std::weak_ptr<Connecting> wanted;
};

void looked_up(uv_getaddrinfo_t* request, int status, addrinfo* found) {
  const std::unique_ptr<Lookup> lookup(reinterpret_cast<Lookup*>(request));
  const ConnectingPtr self = lookup->wanted.lock();
  if (self && self->done) {
    for (const addrinfo* item = status == 0 ? found : nullptr; item; item = item->ai_next) {
      Connecting::Place place{{}, item->ai_addrlen};
      std::memcpy(&place.address, item->ai_addr, item->ai_addrlen);
      self->places.push_back(place);
    }
    if (status == 0) {
      self->try_next();
    } else {
      self->finish(self->unreachable(uv_strerror(status), "is the name right? ('getent hosts NAME' asks the same resolver)"));
    }
  }
  uv_freeaddrinfo(found);
}

}  // namespace

Cancel tcp_connect(Loop& loop, const std::string& host, int port, double timeout,
                   Callback<void(Result<std::unique_ptr<Carrier>>)> done) {
  auto self = std::make_shared<Connecting>(loop);
  self->host = host;
  self->port = port;
  self->timeout = timeout;
  self->done = std::move(done);
  // Holds the attempt until it is decided.
  self->deadline = loop.after(seconds(timeout), [self] {
    self->finish(self->unreachable(cat("no answer within ", show_duration(self->timeout)), "is a firewall in between?"));
  });
  // An address needs no look-up, which is the work of a thread.
  if (self->is_address()) {
    self->soon = loop.post([self] { self->try_next(); });
    return [self] { self->stop(); };
  }
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  auto* lookup = new Lookup;
  lookup->wanted = self;
  const int rc = uv_getaddrinfo(loop.uv(), &lookup->request, looked_up, host.c_str(), std::to_string(port).c_str(), &hints);
  if (rc != 0) {
    delete lookup;
    self->deadline();
    self->deadline = loop.post([self, rc] { self->finish(self->unreachable(uv_strerror(rc), {})); });
  }
  return [self] { self->stop(); };
}

}  // namespace runbook::ssh

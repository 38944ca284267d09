// SPDX-License-Identifier: Apache-2.0
#include "host/net/http_link.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>

#include "host/core/net_address.h"
#include "host/core/text.h"
#include "host/net/url.h"

namespace runbook {
namespace {

Error broken(const char* words) {
  return std::move(Error("http.closed", cat("the connection broke: ", words))).retry();
}

constexpr std::size_t kTrickle = 31U << 10U;  // what is copied comes in pieces of 32 KiB
constexpr Duration kPatience = std::chrono::milliseconds(5);

void allocate(uv_handle_t*, std::size_t, uv_buf_t* buffer) {
  // Emptied before the next read. On the heap of the threads that use it: an array would be a part of every thread's
  // stack.
  static thread_local std::string storage(64U << 10U, '\0');
  *buffer = uv_buf_init(storage.data(), storage.size());
}

}  // namespace

struct HttpLink::Write {
  uv_write_t request{};
  std::string bytes;
  Callback<void(Status)> done;
  std::shared_ptr<HttpLink> link;
};

struct HttpLink::LookUp {
  uv_getaddrinfo_t request{};
  std::weak_ptr<HttpLink> link;
  std::string host;
};

bool HttpLink::fits(const std::string& path) { return path.size() < sizeof(sockaddr_un::sun_path); }

Result<HttpLink::Way> HttpLink::way(const HttpRequest& request) {
  Way way;
  const auto url = parse_url(request.url);
  if (!url) return url.error();
  way.unix_socket = request.unix_socket;
  if (!fits(way.unix_socket)) return Error("http.connect", cat("'", way.unix_socket, "' cannot be the path of a socket"));
  way.where = way.unix_socket.empty() ? url->origin() : cat("unix://", way.unix_socket);
  way.host = url->host;
  way.port = url->port;
  way.allow_link_local = request.allow_link_local;
  if (way.unix_socket.empty() && url->scheme == "https") {
    auto session = TlsSession::open(request.tls.get(), request.insecure, url->host);
    if (!session) return std::move(session).error();
    way.tls = std::move(*session);
  }
  return way;
}

std::shared_ptr<HttpLink> HttpLink::open(Loop& loop, Way way, Events events) {
  auto link = std::make_shared<HttpLink>();
  link->events_ = std::move(events);
  link->way_ = std::move(way);
  link->owner_ = &loop;
  link->loop_ = loop.uv();
  link->begin();
  return link;
}

void HttpLink::begin() {
  self_ = shared_from_this();
  const std::string& path = way_.unix_socket;
  if (path.empty()) {
    uv_tcp_init(loop_, &handle_.tcp);
  } else {
    uv_pipe_init(loop_, &handle_.pipe, 0);
  }
  handle_.any.data = this;
  connect_.data = this;
  if (path.empty()) return look_up();
  connect_unix();
}

void HttpLink::connect_unix() { uv_pipe_connect(&connect_, &handle_.pipe, way_.unix_socket.c_str(), on_connect); }

void HttpLink::on_connect(uv_connect_t* connect, int code) {
  auto* self = static_cast<HttpLink*>(connect->data);
  if (self->closed_) return;
  if (code != 0) return self->not_connected(code);
  self->connected();
}

// A handle connects once.
void HttpLink::connect_anew(void (*when_closed)(uv_handle_t*)) {
  retrying_ = true;
  uv_close(&handle_.any, when_closed);
}

void HttpLink::not_connected(int code) {
  if (code == UV_EAGAIN && !way_.unix_socket.empty()) {
    // As many wait to be accepted there as may. Whoever opened this has a deadline.
    return connect_anew([](uv_handle_t* handle) {
      auto* self = static_cast<HttpLink*>(handle->data);
      self->retrying_ = false;
      if (self->closed_) return self->release();
      uv_pipe_init(self->loop_, &self->handle_.pipe, 0);
      self->owner_->after(kPatience, [weak = self->weak_from_this()] {
        if (const auto link = weak.lock(); link && !link->closed_) link->connect_unix();
      });
    });
  }
  if (!next_) {
    return opened(
        std::move(Error("http.connect", cat("cannot connect to '", way_.where, "': ", uv_strerror(code)))).retry());
  }
  connect_anew([](uv_handle_t* handle) {
    auto* self = static_cast<HttpLink*>(handle->data);
    self->retrying_ = false;
    if (self->closed_) return self->release();
    uv_tcp_init(self->loop_, &self->handle_.tcp);
    self->connect_next();
  });
}

void HttpLink::look_up() {
  auto* look_up = new LookUp{{}, weak_from_this(), way_.host};
  look_up->request.data = look_up;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  const int refused = uv_getaddrinfo(
      loop_, &look_up->request,
      [](uv_getaddrinfo_t* request, int code, addrinfo* found) {
        const std::unique_ptr<LookUp> asked(static_cast<LookUp*>(request->data));
        const auto self = asked->link.lock();
        if (!self || self->closed_) return uv_freeaddrinfo(found);
        if (code != 0) {
          return self->opened(std::move(Error("http.resolve", cat("cannot resolve the host of '", self->way_.where,
                                                                  "': ", uv_strerror(code))))
                                  .retry());
        }
        self->next_ = self->addresses_ = found;
        self->connect_next();
      },
      look_up->host.c_str(), std::to_string(way_.port).c_str(), &hints);
  if (refused != 0) delete look_up;  // there is no memory; the deadline ends the wait
}

void HttpLink::connect_next() {
  const sockaddr* address = next_->ai_addr;
  std::array<char, NI_MAXHOST> text{};
  getnameinfo(address, next_->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
  if (!way_.allow_link_local && is_link_local(text.data())) {
    return opened(Error("permission.denied", cat("'", way_.where, "' leads to the link-local address ", text.data())));
  }
  next_ = next_->ai_next;
  if (const int refused = uv_tcp_connect(&connect_, &handle_.tcp, address, on_connect); refused != 0)
    not_connected(refused);
}

void HttpLink::connected() {
  if (way_.unix_socket.empty()) uv_tcp_keepalive(&handle_.tcp, 1, 60);
  if (!way_.tls) return opened(Unit{});
  listen();
  send_wire(way_.tls->take_wire(), {});
}

void HttpLink::listen() {
  uv_read_start(stream(), allocate, [](uv_stream_t* from, ssize_t count, const uv_buf_t* buffer) {
    const auto self = static_cast<HttpLink*>(from->data)->shared_from_this();
    if (self->closed_ || count == 0) return;
    if (count > 0) self->pace(static_cast<std::size_t>(count));
    if (count > 0) return self->take(std::string_view(buffer->base, static_cast<std::size_t>(count)));
    if (count != UV_EOF) return self->ended(broken(uv_strerror(static_cast<int>(count))));
    // Without TLS's own word for the end, somebody on the way may have cut the rest off.
    const bool cut = self->way_.tls && !self->way_.tls->ended();
    self->ended(cut ? Status(broken("it ended without a word")) : Status(Unit{}));
  });
}

void HttpLink::pace(std::size_t count) {
  without_rest_ += count;
  trickles_ = count < kTrickle ? trickles_ + 1 : 0;
  if (without_rest_ >= kMostInATurn) {
    rest(kNextTurn);
  } else if (trickles_ >= kTricklesBeforeRest) {
    rest(kTrickleRest);
  }
}

void HttpLink::rest(std::chrono::microseconds delay) {
  if (!rest_) {
    rest_ = std::make_unique<ShortTimer>(*owner_, [this] {
      resting_ = false;
      without_rest_ = 0;
      if (wanted_ || !is_open_) read_on();
    });
  }
  if (!rest_->start(delay)) return;
  resting_ = true;
  uv_read_stop(stream());
}

void HttpLink::take(std::string_view wire) {
  if (!way_.tls) return events_.on_bytes(wire);
  std::string text;
  Status fed = way_.tls->feed(wire, text);
  send_wire(way_.tls->take_wire(), {});
  if (fed && way_.tls->ready() && !is_open_) opened(Unit{});
  if (closed_) return;
  if (!text.empty()) events_.on_bytes(text);
  // Who has paused is told when it goes on.
  if (closed_ || (is_open_ && !wanted_)) return;
  if (!fed || way_.tls->ended()) ended(std::move(fed));
}

void HttpLink::opened(Status status) {
  if (closed_ || is_open_) return;
  is_open_ = status.ok();
  if (is_open_ && way_.tls && !wanted_) uv_read_stop(stream());
  events_.on_open(std::move(status));
}

void HttpLink::ended(Status status) {
  if (closed_ || over_) return;
  over_ = true;
  uv_read_stop(stream());
  if (is_open_) return events_.on_end(std::move(status));
  opened(status ? Status(broken("it ended before it was secure")) : std::move(status));
}

void HttpLink::read(bool on) {
  wanted_ = on;
  trickles_ = 0;
  if (!is_open_) return;
  if (on) {
    read_on();
  } else if (!closed_ && !over_) {
    uv_read_stop(stream());
  }
}

void HttpLink::read_on() {
  if (!closed_ && !over_ && !resting_) listen();
}

void HttpLink::write(std::string bytes, Callback<void(Status)> done) {
  if (closed_) return;
  trickles_ = 0;  // what comes now may be an answer
  if (!way_.tls) return send_wire(std::move(bytes), std::move(done));
  if (Status written = way_.tls->write(bytes); !written) return done(std::move(written));
  send_wire(way_.tls->take_wire(), std::move(done));
}

void HttpLink::send_wire(std::string wire, Callback<void(Status)> done) {
  // Who writes nothing is told in turn, too: behind it the input may be ended.
  if (closed_ || (wire.empty() && !done)) return;
  auto* write = new Write{{}, std::move(wire), std::move(done), shared_from_this()};
  write->request.data = write;
  const uv_buf_t buffer = uv_buf_init(write->bytes.data(), static_cast<unsigned>(write->bytes.size()));
  const int code = uv_write(&write->request, stream(), &buffer, 1, [](uv_write_t* request, int result) {
    const std::unique_ptr<Write> self(static_cast<Write*>(request->data));
    if (self->link->closed_) return;
    self->done(result == 0 ? Status(Unit{}) : Status(broken(uv_strerror(result))));
  });
  if (code != 0) {
    const std::unique_ptr<Write> refused(write);
    refused->done(broken(uv_strerror(code)));
  }
}

bool HttpLink::is_quiet() const {
  uv_os_fd_t descriptor = -1;
  if (closed_ || over_ || uv_fileno(&handle_.any, &descriptor) != 0) return false;
  char byte = 0;
  return recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

void HttpLink::hold_loop(bool on) {
  if (closed_) return;
  if (on) {
    uv_ref(&handle_.any);
  } else {
    uv_unref(&handle_.any);
  }
}

void HttpLink::end_write() {
  if (closed_) return;
  if (way_.tls) {
    way_.tls->end();
    return send_wire(way_.tls->take_wire(), {});
  }
  uv_shutdown(&shutdown_, stream(), [](uv_shutdown_t*, int) {});
}

void HttpLink::close() {
  if (closed_) return;
  closed_ = true;
  rest_.reset();
  events_.on_open.reset();
  // The others are left alone: one of them may be what is calling us.
  if (!retrying_) uv_close(&handle_.any, [](uv_handle_t* handle) { static_cast<HttpLink*>(handle->data)->release(); });
}

void HttpLink::release() {
  const auto self = std::move(self_);
  events_ = {};  // they may hold who holds this
  uv_freeaddrinfo(addresses_);
}

}  // namespace runbook

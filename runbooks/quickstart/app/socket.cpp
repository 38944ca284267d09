// SPDX-License-Identifier: Apache-2.0
#include "socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "resolve.h"

namespace quickstart {
namespace {

constexpr int kSilenceMs = 30000;

bool wait_for(int fd, short events, int ms) {
  pollfd entry{fd, events, 0};
  int ready = 0;
  do {
    ready = poll(&entry, 1, ms);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

bool to_address(const Endpoint& endpoint, sockaddr_in* address, std::string* error) {
  *address = {};
  address->sin_family = AF_INET;
  address->sin_port = htons(static_cast<std::uint16_t>(endpoint.port));
  if (inet_pton(AF_INET, endpoint.host.c_str(), &address->sin_addr) == 1) return true;
  return resolve(endpoint.host, &address->sin_addr, error);
}

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

bool parse_endpoint(std::string_view text, Endpoint* endpoint) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const auto port = text.substr(colon + 1);
  const auto [end, status] = std::from_chars(port.data(), port.data() + port.size(), endpoint->port);
  if (status != std::errc() || end != port.data() + port.size() || endpoint->port < 0 || endpoint->port > 65535) return false;
  endpoint->host = std::string(text.substr(0, colon));
  return endpoint->host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
         std::string::npos;
}

bool wait_readable(int fd, int ms) { return wait_for(fd, POLLIN, ms); }
bool wait_writable(int fd, int ms) { return wait_for(fd, POLLOUT, ms); }

bool send_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const auto sent = send(fd, data.data(), data.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      data.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!wait_writable(fd, kSilenceMs)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

long receive_some(int fd, std::string* out, std::size_t limit, int ms) {
  if (!wait_readable(fd, ms)) return -1;
  char buffer[16384];
  ssize_t got = 0;
  do {
    got = recv(fd, buffer, std::min(limit, sizeof buffer), 0);
  } while (got < 0 && errno == EINTR);
  if (got > 0) out->append(buffer, static_cast<std::size_t>(got));
  return got;
}

void finish(int fd) {
  shutdown(fd, SHUT_WR);
  std::string rest;
  for (int rounds = 0; rounds < 64 && receive_some(fd, &rest, 16384, 500) > 0; ++rounds) rest.clear();
}

Fd listen_on(const Endpoint& endpoint, std::string* error) {
  sockaddr_in address{};
  if (!to_address(endpoint, &address, error)) return {};
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int one = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(fd.get(), 128) != 0) {
    *error = std::strerror(errno);
    return {};
  }
  return fd;
}

Fd connect_to(const Endpoint& endpoint, int ms, std::string* error) {
  sockaddr_in address{};
  if (!to_address(endpoint, &address, error)) return {};
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    int status = errno;
    if (status == EINPROGRESS) {
      status = ETIMEDOUT;
      socklen_t size = sizeof status;
      if (wait_writable(fd.get(), ms)) getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &status, &size);
    }
    if (status != 0) {
      *error = std::strerror(status);
      return {};
    }
  }
  return fd;
}

int port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace quickstart

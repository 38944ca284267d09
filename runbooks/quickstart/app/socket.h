// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace quickstart {

/// A file descriptor that closes itself.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// "127.0.0.1:8080", or "web-green:8080" where a name is looked up.
struct Endpoint {
  std::string host;
  int port = 0;
};
bool parse_endpoint(std::string_view text, Endpoint* endpoint);

/// Waits until the socket can be read (or written) for at most `ms` milliseconds. False on a time-out.
bool wait_readable(int fd, int ms);
bool wait_writable(int fd, int ms);

/// All of it within 30 s of silence at most; false if the other side went away.
bool send_all(int fd, std::string_view data);
/// Appends what is there, at most `limit` bytes; 0 at the end, -1 on an error or when nothing came for `ms` milliseconds.
long receive_some(int fd, std::string* out, std::size_t limit, int ms);

/// Ends the answer and reads away what the client still sends, so that the answer is not lost in a reset.
void finish(int fd);

/// On failure the Fd is empty and `error` says why.
Fd listen_on(const Endpoint& endpoint, std::string* error);
Fd connect_to(const Endpoint& endpoint, int ms, std::string* error);
/// The port a listening socket got.
int port_of(int fd);

}  // namespace quickstart

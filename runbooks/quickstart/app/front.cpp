// SPDX-License-Identifier: Apache-2.0
#include "front.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "server.h"

namespace quickstart {
namespace {

constexpr int kConnectMs = 3000;
constexpr int kSilenceMs = 30000;
constexpr std::size_t kPiece = 16384;

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

/// Headers that belong to one connection and not to the request; the front writes its own.
bool is_hop_by_hop(const std::string& name) {
  return name == "connection" || name == "keep-alive" || name == "proxy-connection" || name == "te" || name == "trailer" ||
         name == "upgrade" || name == "expect";
}

std::string head_for_upstream(const Request& request) {
  std::string head = request.method + " " + request.target + " HTTP/1.1\r\n";
  for (const auto& [name, value] : request.headers) {
    if (!is_hop_by_hop(name)) head += name + ": " + value + "\r\n";
  }
  return head + "connection: close\r\n\r\n";
}

Response bad_gateway(int status, const std::string& why) {
  log_line(std::to_string(status) + " " + why);
  return {status, "text/plain; charset=utf-8", "front: " + why + "\n"};
}

}  // namespace

bool Front::upstream(Endpoint* endpoint, std::string* error) {
  const std::lock_guard lock(mutex_);
  struct stat now {};
  if (stat(file_.c_str(), &now) != 0) {
    *error = "cannot read the upstream file '" + file_ + "': " + std::strerror(errno);
    return false;
  }
  if (!same_file(now, seen_)) {
    std::ifstream file(file_);
    std::string line;
    std::getline(file, line);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!parse_endpoint(line, &endpoint_)) {
      *error = "the upstream file '" + file_ + "' does not say HOST:PORT";
      return false;
    }
    seen_ = now;
    log_line("upstream is " + line);
  }
  *endpoint = endpoint_;
  return true;
}

Response Front::pass_on(int client, const Request& request, bool* answered) {
  Endpoint endpoint;
  std::string error;
  if (!upstream(&endpoint, &error)) return bad_gateway(502, error);
  const std::string name = "upstream '" + endpoint.host + ":" + std::to_string(endpoint.port) + "'";
  const Fd server = connect_to(endpoint, kConnectMs, &error);
  if (!server) return bad_gateway(502, name + " cannot be reached: " + error);
  if (request.header("expect") == "100-continue") send_all(client, "HTTP/1.1 100 Continue\r\n\r\n");

  // The body goes up while the answer may already come down: an upstream that refuses a large body does not wait for it.
  std::size_t to_send = request.content_length - request.body_begin.size();
  bool sending = send_all(server.get(), head_for_upstream(request) + request.body_begin);
  std::string piece;
  for (;;) {
    pollfd waits[] = {{server.get(), POLLIN, 0}, {sending && to_send > 0 ? client : -1, POLLIN, 0}};
    if (poll(waits, 2, kSilenceMs) <= 0) {
      if (*answered) return {};
      return bad_gateway(504, name + " sent nothing for " + std::to_string(kSilenceMs / 1000) + " s");
    }
    if (waits[1].revents != 0) {
      piece.clear();
      if (receive_some(client, &piece, std::min(to_send, kPiece), 0) <= 0) return {};
      to_send -= piece.size();
      sending = send_all(server.get(), piece);
    }
    if (waits[0].revents == 0) continue;
    piece.clear();
    const long got = receive_some(server.get(), &piece, kPiece, 0);
    if (got <= 0) {
      if (*answered) return {};
      return bad_gateway(502, name + " closed the connection without an answer");
    }
    *answered = true;
    if (!send_all(client, piece)) return {};
  }
}

void Front::handle(int fd) {
  Request request;
  Response response;
  bool answered = false;
  if (read_request(fd, &request, &response)) response = pass_on(fd, request, &answered);
  if (answered) {
    finish(fd);
  } else if (response.status != 0 && send_response(fd, response)) {
    finish(fd);
  }
}

}  // namespace quickstart

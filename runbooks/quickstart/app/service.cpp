// SPDX-License-Identifier: Apache-2.0
#include "service.h"

#include <utility>

#include "server.h"
#include "socket.h"

namespace quickstart {
namespace {

constexpr std::size_t kBodyLimit = 65536;

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const unsigned char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else {
      out += c < ' ' ? '?' : static_cast<char>(c);
    }
  }
  return out + "\"";
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') out += "&lt;";
    else if (c == '&') out += "&amp;";
    else if (c == '"') out += "&quot;";
    else out += c;
  }
  return out;
}

Response json(int status, std::string body) { return {status, "application/json", std::move(body) + "\n"}; }

/// The path without a query.
std::string_view path_of(const Request& request) {
  const std::string_view target = request.target;
  return target.substr(0, target.find('?'));
}

}  // namespace

Service::Service(Identity identity, const std::string& data_directory)
    : identity_(std::move(identity)), visits_(data_directory) {}

Response Service::home(const Request& request) const {
  const auto& [name, version, colour, broken] = identity_;
  if (request.header("accept").find("text/html") == std::string_view::npos) {
    return json(200, "{\"name\":" + quoted(name) + ",\"version\":" + quoted(version) + ",\"colour\":" + quoted(colour) + "}");
  }
  return {200, "text/html; charset=utf-8",
          "<!doctype html><title>" + escaped(name) + "</title><body style=\"background:" + escaped(colour) +
              ";color:white;font:2em sans-serif;padding:2em\"><h1>" + escaped(name) + "</h1><p>version " +
              escaped(version) + ", " + escaped(colour) + "\n"};
}

Response Service::health() {
  if (identity_.broken) {
    log_line("not healthy: version " + identity_.version + " cannot read its feature table (it was started with --broken)");
    return json(503, R"({"status":"failing","reason":"version )" + identity_.version + R"( cannot read its feature table"})");
  }
  std::int64_t count = 0;
  std::string error;
  if (!visits_.read(&count, &error)) {
    log_line("not healthy: " + error);
    return json(503, "{\"status\":\"failing\",\"reason\":" + quoted(error) + "}");
  }
  return json(200, R"({"status":"ok"})");
}

Response Service::visits(const Request& request) {
  std::int64_t count = 0;
  std::string error;
  const bool done = request.method == "POST" ? visits_.add(&count, &error) : visits_.read(&count, &error);
  if (!done) {
    log_line("cannot count visits: " + error);
    return json(503, "{\"error\":" + quoted(error) + "}");
  }
  return json(200, "{\"visits\":" + std::to_string(count) + "}");
}

Response Service::respond(const Request& request) {
  const auto path = path_of(request);
  const bool counts = path == "/visits" && request.method == "POST";
  if (request.method != "GET" && !counts) return {405, "text/plain; charset=utf-8", "only GET, and POST to /visits\n"};
  if (path == "/") return home(request);
  if (path == "/healthz") return health();
  if (path == "/visits") return visits(request);
  return {404, "text/plain; charset=utf-8", "there is /, /healthz and /visits\n"};
}

void Service::handle(int fd) {
  Request request;
  Response response;
  if (read_request(fd, &request, &response)) {
    if (request.content_length > kBodyLimit) {
      response = {413, "text/plain; charset=utf-8", "a body is over 64 KiB\n"};
    } else {
      response = respond(request);
    }
    log_line(request.method + " " + request.target + " " + std::to_string(response.status));
  }
  if (response.status != 0 && send_response(fd, response)) finish(fd);
}

}  // namespace quickstart

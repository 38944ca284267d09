// SPDX-License-Identifier: Apache-2.0
#include "tests/support/http_server.h"

#include <netinet/in.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "host/core/text.h"

namespace runbook {

struct HttpServer::Connection {
  union {
    uv_tcp_t tcp;
    uv_pipe_t pipe;
    uv_stream_t stream;
  };
  HttpServer* server = nullptr;
  int number = 0;
  std::string input;
  bool echo = false;
  Cancel timer;

  void close() {
    if (server) server->open_.erase(this);
    server = nullptr;
    timer();
    uv_close(reinterpret_cast<uv_handle_t*>(&stream), [](uv_handle_t* handle) { delete static_cast<Connection*>(handle->data); });
  }

  void write(const std::string& bytes) {
    struct Write {
      uv_write_t request{};
      std::string bytes;
    };
    auto* write = new Write{{}, bytes};
    write->request.data = write;
    const uv_buf_t buffer = uv_buf_init(write->bytes.data(), static_cast<unsigned>(write->bytes.size()));
    uv_write(&write->request, &stream, &buffer, 1, [](uv_write_t* request, int) { delete static_cast<Write*>(request->data); });
  }

  void play(Reply reply, std::size_t index) {
    if (index == reply.pieces.size()) {
      echo = reply.echo;
      if (reply.close) {
        close();
      } else {
        take_requests();
      }
      return;
    }
    const double delay = reply.pieces[index].delay;
    timer = server->loop_.after(seconds(delay), [this, reply = std::move(reply), index]() mutable {
      write(reply.pieces[index].bytes);
      play(std::move(reply), index + 1);
    });
  }

  void take_requests() {
    if (echo) {
      if (!input.empty()) write(input);
      input.clear();
      return;
    }
    const auto end = input.find("\r\n\r\n");
    if (end == std::string::npos) return;
    Request request;
    request.connection = number;
    const auto lines = split(input.substr(0, end), '\n');
    const auto words = split(std::string(trim(lines[0])), ' ');
    request.method = words[0];
    request.target = words.size() > 1 ? words[1] : "";
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const auto colon = lines[i].find(':');
      std::string name = lines[i].substr(0, colon);
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
      request.headers[name] = std::string(trim(lines[i].substr(colon + 1)));
    }
    std::size_t used = end + 4;
    if (request.headers["transfer-encoding"] == "chunked") {
      while (true) {
        const auto line = input.find("\r\n", used);
        if (line == std::string::npos) return;
        const std::size_t size = std::stoul(input.substr(used, line - used), nullptr, 16);
        if (input.size() < line + 2 + size + 2) return;
        request.body += input.substr(line + 2, size);
        used = line + 2 + size + 2;
        if (size == 0) break;
      }
    } else if (const auto& length = request.headers["content-length"]; !length.empty()) {
      if (input.size() - used < std::stoul(length)) return;
      request.body = input.substr(used, std::stoul(length));
      used += request.body.size();
    }
    input.erase(0, used);
    server->requests.push_back(request);
    play(server->handler_(request), 0);
  }
};

HttpServer::Reply HttpServer::answer(int status, const std::string& body, const std::string& more_headers) {
  return raw(cat("HTTP/1.1 ", status, " Status\r\nContent-Length: ", body.size(), "\r\n", more_headers, "\r\n", body), false);
}

HttpServer::Reply HttpServer::raw(std::string bytes, bool close) { return {{{0, std::move(bytes)}}, close, false}; }

HttpServer::HttpServer(Loop& loop, Handler handler, const std::string& unix_path) : loop_(loop), handler_(std::move(handler)) {
  if (unix_path.empty()) {
    auto* tcp = new uv_tcp_t;
    uv_tcp_init(loop.uv(), tcp);
    sockaddr_in address{};
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_bind(tcp, reinterpret_cast<const sockaddr*>(&address), 0);
    int length = sizeof address;
    uv_tcp_getsockname(tcp, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    listener_ = reinterpret_cast<uv_stream_t*>(tcp);
  } else {
    auto* pipe = new uv_pipe_t;
    uv_pipe_init(loop.uv(), pipe, 0);
    uv_pipe_bind(pipe, unix_path.c_str());
    listener_ = reinterpret_cast<uv_stream_t*>(pipe);
  }
  listener_->data = this;
  uv_listen(listener_, 64, [](uv_stream_t* listener, int) { static_cast<HttpServer*>(listener->data)->accept(); });
}

HttpServer::~HttpServer() {
  while (!open_.empty()) (*open_.begin())->close();
  uv_close(reinterpret_cast<uv_handle_t*>(listener_), [](uv_handle_t* handle) {
    if (handle->type == UV_TCP) {
      delete reinterpret_cast<uv_tcp_t*>(handle);
    } else {
      delete reinterpret_cast<uv_pipe_t*>(handle);
    }
  });
}

void HttpServer::accept() {
  auto* connection = new Connection;
  if (port_) {
    uv_tcp_init(loop_.uv(), &connection->tcp);
  } else {
    uv_pipe_init(loop_.uv(), &connection->pipe, 0);
  }
  connection->stream.data = connection;
  connection->server = this;
  connection->number = ++accepted_;
  open_.insert(connection);
  uv_accept(listener_, &connection->stream);
  if (!greeting.empty()) connection->write(greeting);
  uv_read_start(
      &connection->stream,
      [](uv_handle_t*, std::size_t, uv_buf_t* buffer) {
        static std::array<char, 64U << 10U> storage;
        *buffer = uv_buf_init(storage.data(), storage.size());
      },
      [](uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
        auto* self = static_cast<Connection*>(stream->data);
        if (!self->server) return;
        if (count < 0) {
          self->close();
          return;
        }
        self->input.append(buffer->base, static_cast<std::size_t>(count));
        self->take_requests();
      });
}

std::string HttpServer::url(const std::string& path) const {
  return port_ ? cat("http://127.0.0.1:", port_, path) : cat("http://localhost", path);
}

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <uv.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "host/net/tls_session.h"
#include "runbook/http.h"

namespace runbook {

/// The connection below an HttpUpgrade: a unix socket, TCP, or TLS over it.
///
/// It keeps itself alive from open() until libuv has closed its handle. After close() nothing is called any more.
class HttpLink : public std::enable_shared_from_this<HttpLink> {
 public:
  struct Events {
    Callback<void(Status)> on_open;  ///< once; errors http.resolve, http.connect, http.tls, permission.denied
    std::function<void(std::string_view)> on_bytes;
    std::function<void(Status)> on_end;  ///< the other side has ended its direction, or the connection broke
  };

  static std::shared_ptr<HttpLink> open(Loop& loop, const HttpRequest& request, Events events);

  void write(std::string bytes, Callback<void(Status)> done);
  /// Ends our direction.
  void end_write();
  /// Starts and stops on_bytes; it is stopped until the first call.
  void read(bool on);
  void close();
  /// As errors name it: "unix:///run/x.sock", "https://node1:2376".
  const std::string& where() const { return where_; }

 private:
  struct LookUp;
  struct Write;

  void begin(Loop& loop, const HttpRequest& request);
  void connect_unix(const std::string& path);
  void look_up(const std::string& host, int port);
  void connect_next();
  static void on_connect(uv_connect_t* connect, int code);
  void not_connected(int code);
  void connected();
  void listen();
  void take(std::string_view wire);
  void send_wire(std::string wire, Callback<void(Status)> done);
  void opened(Status status);
  void ended(Status status);
  void release();

  uv_stream_t* stream() { return &handle_.stream; }

  union {
    uv_pipe_t pipe;
    uv_tcp_t tcp;
    uv_stream_t stream;
    uv_handle_t any;
  } handle_{};
  uv_connect_t connect_{};
  uv_shutdown_t shutdown_{};
  uv_loop_t* loop_ = nullptr;
  Events events_;
  std::string where_;
  bool is_unix_ = false;
  bool allow_link_local_ = false;
  bool is_open_ = false;
  bool wanted_ = false;  ///< read() says so
  bool over_ = false;    ///< the end has been told
  bool closed_ = false;
  bool retrying_ = false;  ///< the handle is being closed for the next address
  std::unique_ptr<TlsSession> tls_;
  addrinfo* addresses_ = nullptr;
  const addrinfo* next_ = nullptr;  ///< to be tried
  std::shared_ptr<HttpLink> self_;
};

}  // namespace runbook

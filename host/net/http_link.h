// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <uv.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "host/net/short_timer.h"
#include "host/net/tls_session.h"
#include "runbook/http.h"

namespace runbook {

/// A connection of our own beside those of libcurl: a unix socket, TCP, or TLS over it.
///
/// It keeps itself alive from open() until libuv has closed its handle. After close() nothing is called any more.
class HttpLink : public std::enable_shared_from_this<HttpLink> {
 public:
  struct Events {
    Callback<void(Status)> on_open;  ///< once; errors http.resolve, http.connect, http.tls, permission.denied
    std::function<void(std::string_view)> on_bytes;
    std::function<void(Status)> on_end;  ///< the other side has ended its direction, or the connection broke
  };

  /// Where a connection leads, and how.
  struct Way {
    std::string where;        ///< as errors name it: "unix:///run/x.sock", "https://node1:2376"
    std::string unix_socket;  ///< its path, or else host and port
    std::string host;
    int port = 0;
    bool allow_link_local = false;
    std::unique_ptr<TlsSession> tls;  ///< null: plain
  };
  /// The one to the server of a request. Errors http.url, http.connect, http.tls.
  static Result<Way> way(const HttpRequest& request);
  /// Whether it can be the path of a socket.
  static bool fits(const std::string& path);

  static std::shared_ptr<HttpLink> open(Loop& loop, Way way, Events events);

  void write(std::string bytes, Callback<void(Status)> done);
  /// Ends our direction.
  void end_write();
  /// Starts and stops on_bytes; it is stopped until the first call.
  void read(bool on);
  void close();
  /// It is open, and nothing has come that was not read.
  bool is_quiet() const;
  /// Whether the loop goes on as long as this is open.
  void hold_loop(bool on);
  const std::string& where() const { return way_.where; }

 private:
  struct LookUp;
  struct Write;

  void begin();
  void connect_unix();
  void look_up();
  void connect_next();
  static void on_connect(uv_connect_t* connect, int code);
  void not_connected(int code);
  void connect_anew(void (*when_closed)(uv_handle_t*));
  void connected();
  void listen();
  void read_on();
  void pace(std::size_t count);
  void rest(std::chrono::microseconds delay);
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
  Loop* owner_ = nullptr;
  uv_loop_t* loop_ = nullptr;
  Events events_;
  Way way_;
  bool is_open_ = false;
  bool wanted_ = false;  ///< read() says so
  bool over_ = false;    ///< the end has been told
  bool closed_ = false;
  std::unique_ptr<ShortTimer> rest_;
  bool resting_ = false;            ///< nothing is read until it is over
  std::size_t without_rest_ = 0;    ///< bytes
  int trickles_ = 0;                ///< small pieces, one after the other
  bool retrying_ = false;  ///< the handle is being closed for the next address
  addrinfo* addresses_ = nullptr;
  const addrinfo* next_ = nullptr;  ///< to be tried
  std::shared_ptr<HttpLink> self_;
};

}  // namespace runbook

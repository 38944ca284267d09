// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <uv.h>

#include <map>
#include <memory>
#include <vector>

#include "host/net/http_transfer.h"
#include "host/net/short_timer.h"
#include "runbook/http.h"

namespace runbook {

/// One libcurl multi handle on a libuv loop.
///
/// libcurl calls us from inside its functions (bodies, headers, sockets), and most of its functions may not be called
/// from there. So what a callback asks for (a new request, a cancelled one) is put on a list and done by settle(),
/// after libcurl has returned.
class HttpClient::Engine : public std::enable_shared_from_this<Engine> {
 public:
  explicit Engine(Loop& loop) : loop_(loop) {}
  ~Engine();

  Cancel send(HttpRequest request, Callback<void(Result<HttpResponse>)> done);
  /// Drops all requests without calling them back, and closes the connections.
  void close();

 private:
  struct Poll {
    uv_poll_t handle{};
    Engine* engine;
    curl_socket_t socket;
    int events = 0;
    int trickles = 0;      ///< how many times in a row what came were small pieces
    bool resting = false;
  };

  Status open();
  void act(curl_socket_t socket, int flags);
  void settle();
  void begin(std::shared_ptr<HttpTransfer> transfer);
  void cancel(const std::shared_ptr<HttpTransfer>& transfer);
  void forget(CURL* easy);
  void watch(curl_socket_t socket, int what);
  void unwatch(curl_socket_t socket);
  void ready(Poll* poll, int flags);
  void listen(Poll* poll);
  void end_rest();
  void go_on(const std::weak_ptr<HttpTransfer>& transfer);
  void end_breath();
  void shut_down();

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* socket_data);
  static int on_timer(CURLM* multi, long milliseconds, void* self);
  static int on_close(void* self, curl_socket_t socket);

  Loop& loop_;
  const CurlApi* api_ = nullptr;
  CURLM* multi_ = nullptr;
  uv_timer_t* timer_ = nullptr;
  std::unique_ptr<ShortTimer> rest_;
  std::unique_ptr<ShortTimer> breath_;
  std::vector<std::weak_ptr<HttpTransfer>> breathing_;   ///< go on in the next turn
  std::map<curl_socket_t, Poll*> polls_;
  std::map<CURL*, std::shared_ptr<HttpTransfer>> running_;
  std::vector<std::shared_ptr<HttpTransfer>> waiting_;   ///< to be added
  std::vector<CURL*> doomed_;                            ///< to be removed
  Streamed streamed_;
  int inside_ = 0;                                       ///< depth of calls into libcurl that call us back
  bool closed_ = false;
};

}  // namespace runbook

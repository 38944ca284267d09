// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "host/net/http_body.h"
#include "host/net/socket_client.h"

namespace runbook {

/// One request of a SocketClient and its response. The client holds it until it is over.
class SocketExchange final : public SocketConnection::User, public std::enable_shared_from_this<SocketExchange> {
 public:
  SocketExchange(SocketClient& client, Loop& loop, HttpRequest request, Callback<void(Result<HttpResponse>)> done);

  void start();
  /// Ends it; nothing is called any more.
  void abandon();

 private:
  void opened(Status status) override;
  void received(std::string_view bytes) override;
  void ended(Status status) override;

  void connect();
  void send_request();
  void pull();
  void send_piece(const std::string& piece);
  void sent(const Status& status);
  bool read_head(std::string_view& bytes);
  void read_body(std::string_view bytes);
  bool take(std::string_view piece);
  void go_on();
  bool paused() const { return request_.flow && request_.flow->paused(); }
  void arm(Duration limit, Cancel& timer, bool connecting);
  void complete();
  void fail(Error error);
  /// "http.closed": the server hung up before the response was whole.
  Error cut_off(const std::string& words) const;
  std::string what() const;

  SocketClient& client_;
  Loop& loop_;
  HttpRequest request_;
  Callback<void(Result<HttpResponse>)> done_;
  std::shared_ptr<SocketConnection> connection_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  Cancel deadline_, connect_deadline_, soon_;
  bool over_ = false;
  bool reused_ = false;  ///< the connection was made for another request

  Cancel body_pull_;
  int writing_ = 0;         ///< pieces on their way to the kernel
  std::uint64_t body_bytes_ = 0;  ///< sent of a streamed body
  bool body_sent_ = false;  ///< all of it, or as much as the server takes

  std::string line_;  ///< of the head, as far as it has come
  HttpHead head_;
  HttpBody body_;
  std::string text_;  ///< of the body, where nobody takes chunks
  std::string held_;  ///< came while the flow was paused
};

}  // namespace runbook

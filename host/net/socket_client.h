// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "host/net/http_link.h"
#include "runbook/http.h"

namespace runbook {

class SocketExchange;

/// A connection to a unix socket that outlives the request it was made for.
class SocketConnection : public std::enable_shared_from_this<SocketConnection> {
 public:
  /// Who uses it now. Calls come from the loop.
  class User {
   public:
    virtual ~User() = default;
    virtual void opened(Status status) = 0;
    virtual void received(std::string_view bytes) = 0;
    virtual void ended(Status status) = 0;
  };

  static std::shared_ptr<SocketConnection> open(Loop& loop, HttpLink::Way way, User* user);
  ~SocketConnection() { link_->close(); }

  HttpLink& link() { return *link_; }
  void use(User* user);
  /// Nobody uses it; `on_lost` is called when the server speaks unasked or hangs up.
  void rest(std::function<void()> on_lost);

 private:
  std::shared_ptr<HttpLink> link_;
  User* user_ = nullptr;
  std::function<void()> on_lost_;
};

/// HTTP/1.1 over unix sockets, on connections that are kept alive, without libcurl.
class SocketClient : public std::enable_shared_from_this<SocketClient> {
 public:
  explicit SocketClient(Loop& loop) : loop_(loop) {}
  ~SocketClient() { close(); }

  /// As HttpClient::send.
  Cancel send(HttpRequest request, Callback<void(Result<HttpResponse>)> done);
  /// Drops all requests without calling them back, and closes the connections.
  void close();

 private:
  friend class SocketExchange;
  /// One that rests, or null.
  std::shared_ptr<SocketConnection> take(const std::string& path);
  void keep(const std::string& path, std::shared_ptr<SocketConnection> connection);
  void forget(const std::shared_ptr<SocketExchange>& exchange) { running_.erase(exchange); }

  Loop& loop_;
  std::set<std::shared_ptr<SocketExchange>> running_;
  std::map<std::string, std::vector<std::shared_ptr<SocketConnection>>> resting_;  ///< by path
};

}  // namespace runbook

// SPDX-License-Identifier: Apache-2.0
#include "host/net/socket_client.h"

#include <algorithm>

#include "host/net/socket_exchange.h"

namespace runbook {
namespace {

constexpr std::size_t kMostKept = 16;  // for each socket

}  // namespace

std::shared_ptr<SocketConnection> SocketConnection::open(Loop& loop, HttpLink::Way way, User* user) {
  auto connection = std::make_shared<SocketConnection>();
  connection->user_ = user;
  // The link outlives the connection until libuv has closed its handle.
  const std::weak_ptr<SocketConnection> weak = connection;
  HttpLink::Events events;
  events.on_open = [weak](Status status) {
    if (const auto self = weak.lock(); self && self->user_) self->user_->opened(std::move(status));
  };
  events.on_bytes = [weak](std::string_view bytes) {
    const auto self = weak.lock();
    if (!self) return;
    if (self->user_) return self->user_->received(bytes);
    if (self->on_lost_) self->on_lost_();
  };
  events.on_end = [weak](Status status) {
    const auto self = weak.lock();
    if (!self) return;
    if (self->user_) return self->user_->ended(std::move(status));
    if (self->on_lost_) self->on_lost_();
  };
  connection->link_ = HttpLink::open(loop, std::move(way), std::move(events));
  return connection;
}

void SocketConnection::use(User* user) {
  user_ = user;
  on_lost_ = nullptr;
  link_->hold_loop(true);
}

void SocketConnection::rest(std::function<void()> on_lost) {
  user_ = nullptr;
  on_lost_ = std::move(on_lost);
  link_->read(true);
  link_->hold_loop(false);
}

Cancel SocketClient::send(HttpRequest request, Callback<void(Result<HttpResponse>)> done) {
  auto exchange = std::make_shared<SocketExchange>(*this, loop_, std::move(request), std::move(done));
  running_.insert(exchange);
  const std::weak_ptr<SocketExchange> weak = exchange;
  exchange->start();
  return [weak] {
    if (const auto cancelled = weak.lock()) cancelled->abandon();
  };
}

void SocketClient::close() {
  const auto running = running_;
  for (const auto& exchange : running) exchange->abandon();
  resting_.clear();
}

std::shared_ptr<SocketConnection> SocketClient::take(const std::string& path) {
  auto& resting = resting_[path];
  while (!resting.empty()) {
    auto connection = std::move(resting.back());
    resting.pop_back();
    if (connection->link().is_quiet()) return connection;
  }
  return nullptr;
}

void SocketClient::keep(const std::string& path, std::shared_ptr<SocketConnection> connection) {
  auto& resting = resting_[path];
  if (resting.size() >= kMostKept) return;
  connection->rest([weak = weak_from_this(), lost = connection.get(), path] {
    const auto self = weak.lock();
    if (!self) return;
    auto& others = self->resting_[path];
    others.erase(std::remove_if(others.begin(), others.end(), [&](const auto& other) { return other.get() == lost; }), others.end());
  });
  resting.push_back(std::move(connection));
}

}  // namespace runbook

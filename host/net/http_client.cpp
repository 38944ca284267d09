// SPDX-License-Identifier: Apache-2.0
#include "runbook/http.h"

#include "host/net/http_engine.h"
#include "host/net/http_upgrade.h"
#include "host/net/socket_client.h"
#include "runbook/world.h"

namespace runbook {

HttpClient::HttpClient(World& world) : loop_(world.loop()), engine_(std::make_shared<Engine>(world.loop())), sockets_(std::make_shared<SocketClient>(world.loop())) {}

HttpClient::~HttpClient() {
  engine_->close();
  sockets_->close();
}

Cancel HttpClient::send(HttpRequest request, Callback<void(Result<HttpResponse>)> done) {
  const bool plain = request.url.compare(0, 7, "http://") == 0;
  if (plain && !request.unix_socket.empty()) return sockets_->send(std::move(request), std::move(done));
  return engine_->send(std::move(request), std::move(done));
}

Cancel HttpClient::upgrade(HttpRequest request, std::function<void(std::string_view)> on_data, Callback<void(Status)> on_end,
                           Callback<void(Result<std::unique_ptr<ByteStream>>)> done) {
  return HttpUpgrade::start(loop_, std::move(request), std::move(on_data), std::move(on_end), std::move(done));
}

}  // namespace runbook

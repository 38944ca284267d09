// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "host/core/text.h"
#include "runbook/http.h"
#include "tests/support/http_server.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_world.h"

using namespace runbook;

namespace {

using Outcome = Result<HttpResponse>;
using Reply = HttpServer::Reply;

// Answers one request from a thread of its own, as fast as the socket takes it.
std::thread serve_fast(const std::string& path, std::size_t size) {
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(listen(listener, 1) == 0);
  return std::thread([listener, size] {
    const int connection = accept(listener, nullptr, nullptr);
    close(listener);
    char request[4096];
    if (read(connection, request, sizeof request) > 0) {
      const std::string bytes = cat("HTTP/1.1 200 OK\r\nContent-Length: ", size, "\r\n\r\n") + std::string(size, 'x');
      std::string_view rest = bytes;
      for (ssize_t put = 0; !rest.empty() && (put = write(connection, rest.data(), rest.size())) > 0;) {
        rest.remove_prefix(static_cast<std::size_t>(put));
      }
    }
    close(connection);
  });
}

}  // namespace

TEST_CASE("http: a fast stream leaves every turn of the loop to others", "[http]") {
  TestWorld world;
  const TempDirectory directory;
  const std::string socket = directory.path() + "/fast";
  const std::size_t size = 64U << 20U;
  std::thread server = serve_fast(socket, size);
  HttpRequest request;
  request.url = "http://fast/";
  request.unix_socket = socket;
  std::size_t received = 0;
  request.on_chunk = [&](std::string_view chunk) {
    received += chunk.size();
    usleep(50);  // whoever sends is faster than we are
  };
  bool done = false;
  world.world().service<HttpClient>().send(std::move(request), [&](Outcome result) { done = result.ok(); });
  std::size_t most = 0;
  while (!done) {
    const std::size_t before = received;
    world.loop().turn();
    most = std::max(most, received - before);
  }
  server.join();
  CHECK(received == size);
  CHECK(most <= 512U << 10U);
}

TEST_CASE("http: small pieces that never stop are taken together, and all of them", "[http]") {
  TestWorld world;
  const TempDirectory directory;
  const std::string socket = GENERATE(true, false) ? directory.path() + "/small" : "";
  HttpServer server(world.loop(), [](const HttpServer::Request&) {
    Reply reply{{{0, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"}}};
    for (int i = 0; i < 300; ++i) reply.pieces.push_back({0.0005, cat("4\r\n", 1000 + i, "\r\n")});
    reply.pieces.push_back({0, "0\r\n\r\n"});
    return reply;
  }, socket);
  HttpRequest request;
  request.url = server.url("/");
  request.unix_socket = socket;
  std::string text, expected;
  for (int i = 0; i < 300; ++i) expected += std::to_string(1000 + i);
  request.on_chunk = [&](std::string_view chunk) { text += chunk; };
  bool done = false, ok = false;
  world.world().service<HttpClient>().send(std::move(request), [&](const Outcome& result) {
    done = true;
    ok = result.ok();
  });
  while (!done) world.loop().turn();
  CHECK(ok);
  CHECK(text == expected);
}

// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "host/core/text.h"
#include "runbook/http.h"
#include "tests/support/http_server.h"
#include "tests/support/test_world.h"

using namespace runbook;

namespace {

class Attach {
 public:
  explicit Attach(HttpServer::Reply reply)
      : path_(cat("/tmp/runbook-upgrade-", getpid(), ".sock")),
        server(world_.loop(), [reply = std::move(reply)](const HttpServer::Request&) { return reply; }, path_) {}
  ~Attach() {
    if (!path_.empty()) unlink(path_.c_str());
  }

  struct Tcp {};
  /// Over TCP in place of a unix socket.
  Attach(HttpServer::Reply reply, Tcp) : server(world_.loop(), [reply = std::move(reply)](const HttpServer::Request&) { return reply; }) {}

  Cancel start() {
    HttpRequest request;
    request.method = "POST";
    request.url = path_.empty() ? server.url("/exec/1/start") : "http://docker/exec/1/start";
    request.unix_socket = path_;
    request.headers = {{"Connection", "Upgrade"}, {"Upgrade", "tcp"}};
    request.body = "{}";
    request.timeout = seconds(1);
    return world_.world().service<HttpClient>().upgrade(
        std::move(request), [this](std::string_view bytes) { received += bytes; },
        [this](Status status) {
          ended = true;
          end_ok = status.ok();
        },
        [this](Result<std::unique_ptr<ByteStream>> result) {
          answered = true;
          if (result) {
            stream = std::move(*result);
          } else {
            error = result.error();
          }
        });
  }
  template <class Condition>
  void run_until(Condition condition) {
    bool late = false;
    Cancel guard = world_.loop().after(seconds(10), [&] { late = true; });
    while (!condition() && !late) world_.loop().turn();
    guard();
    REQUIRE_FALSE(late);
  }
  void run_for(double length) {
    bool over = false;
    world_.loop().after(seconds(length), [&] { over = true; });
    run_until([&] { return over; });
  }

 private:
  TestWorld world_;
  std::string path_;

 public:
  HttpServer server;
  std::unique_ptr<ByteStream> stream;
  std::string received;
  Error error;
  bool answered = false;
  bool ended = false;
  bool end_ok = false;
};

HttpServer::Reply upgraded(const std::string& first = {}) {
  return {{{0, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n" + first}}, false, true};
}

}  // namespace

TEST_CASE("http upgrade: bytes go both ways until both sides have ended", "[http]") {
  Attach attach(upgraded("hello "));
  attach.start();
  attach.run_until([&] { return attach.answered; });
  REQUIRE(attach.stream);
  CHECK(attach.server.requests.at(0).body == "{}");
  bool written = false;
  attach.stream->write("world", [&](Status status) { written = status.ok(); });
  attach.run_until([&] { return attach.received == "hello world"; });
  CHECK(written);
  CHECK_FALSE(attach.ended);
  attach.stream->close_write();
  attach.run_until([&] { return attach.ended; });
  CHECK(attach.end_ok);
}

TEST_CASE("http upgrade: who writes nothing is told as well, and may end the input", "[http]") {
  Attach attach(upgraded());
  attach.start();
  attach.run_until([&] { return attach.answered; });
  REQUIRE(attach.stream);
  attach.stream->write("", [&](const Status&) { attach.stream->close_write(); });
  attach.run_until([&] { return attach.ended; });
  CHECK(attach.end_ok);
}

TEST_CASE("http upgrade: over TCP it is the same", "[http]") {
  Attach attach(upgraded("hello "), Attach::Tcp{});
  attach.start();
  attach.run_until([&] { return attach.answered; });
  REQUIRE(attach.stream);
  attach.stream->write("world", {});
  attach.run_until([&] { return attach.received == "hello world"; });
  attach.stream->close_write();
  attach.run_until([&] { return attach.ended; });
  CHECK(attach.end_ok);
}

TEST_CASE("http upgrade: a 200 without a length is a stream too", "[http]") {
  Attach attach(HttpServer::raw("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nall of it"));
  attach.start();
  attach.run_until([&] { return attach.ended; });
  CHECK(attach.stream);
  CHECK(attach.received == "all of it");
}

TEST_CASE("http upgrade: a megabyte written is echoed, with a pause", "[http]") {
  Attach attach(upgraded());
  attach.start();
  attach.run_until([&] { return attach.answered; });
  attach.stream->pause();
  attach.stream->write(std::string(1U << 20U, 'x'), {});
  attach.run_for(0.05);
  CHECK(attach.received.empty());
  attach.stream->resume();
  attach.run_until([&] { return attach.received.size() == 1U << 20U; });
}

TEST_CASE("http upgrade: nothing is called after the stream is gone", "[http]") {
  Attach attach(upgraded());
  attach.start();
  attach.run_until([&] { return attach.answered; });
  attach.stream->write("x", {});
  attach.stream.reset();
  attach.run_for(0.05);
  CHECK(attach.received.empty());
  CHECK_FALSE(attach.ended);
}

TEST_CASE("http upgrade: a refusal brings the status and the remote's words", "[http]") {
  const auto reply = GENERATE(values<HttpServer::Reply>({
      HttpServer::answer(409, "{\"message\":\"not running\"}"),
      HttpServer::raw("HTTP/1.1 409 Conflict\r\nTransfer-Encoding: chunked\r\n\r\n19\r\n{\"message\":\"not running\"}\r\n0\r\n\r\n", false),
      HttpServer::raw("HTTP/1.1 409 Conflict\r\n\r\n{\"message\":\"not running\"}"),
  }));
  Attach attach(reply);
  attach.start();
  attach.run_until([&] { return attach.answered; });
  CHECK(attach.error.code == "http.status");
  CHECK(attach.error.context["status"] == "409");
  CHECK(attach.error.context["body"] == "{\"message\":\"not running\"}");
}

TEST_CASE("http upgrade: garbage, silence and an early end have their codes", "[http]") {
  struct Case {
    HttpServer::Reply reply;
    const char* code;
  };
  const auto test = GENERATE(values<Case>({
      {HttpServer::raw("SSH-2.0-x\r\n"), "http.protocol"},
      {HttpServer::raw("HTTP/1.1 101 X\r\n" + std::string(300000, 'x'), false), "http.too_large"},
      {HttpServer::raw("HTTP/1.1 101 X\r\n"), "http.closed"},
      {HttpServer::Reply{}, "http.timeout"},
  }));
  Attach attach(test.reply);
  attach.start();
  attach.run_until([&] { return attach.answered; });
  CHECK(attach.error.code == test.code);
}

TEST_CASE("http upgrade: cancelled, it never answers", "[http]") {
  Attach attach(upgraded());
  Cancel cancel = attach.start();
  cancel();
  attach.run_for(0.05);
  CHECK_FALSE(attach.answered);
}

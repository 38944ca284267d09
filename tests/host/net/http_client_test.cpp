// SPDX-License-Identifier: Apache-2.0
#include "runbook/http.h"

#include <unistd.h>

#include <cstdlib>

#include "host/core/text.h"
#include "tests/support/http_server.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_world.h"

using namespace runbook;

namespace {

using Outcome = Result<HttpResponse>;
using Reply = HttpServer::Reply;

// What is said holds whichever way a request goes: over TCP libcurl sends it, over a unix socket we do.
class Bench {
 public:
  Bench() { unsetenv("http_proxy"); }
  ~Bench() {
    if (!path_.empty()) unlink(path_.c_str());
  }
  struct BothWays {};
  explicit Bench(BothWays) : Bench() {
    if (GENERATE(false, true)) path_ = cat("/tmp/runbook-http-", getpid(), ".sock");
    INFO((path_.empty() ? "over TCP" : "over a unix socket"));
  }
  /// Of the server's socket; empty over TCP.
  const std::string& path() const { return path_; }

  Outcome send(HttpRequest request) {
    std::unique_ptr<Outcome> out;
    begin(std::move(request), [&](Outcome result) { out = std::make_unique<Outcome>(std::move(result)); });
    CHECK_FALSE(out);
    run_until([&] { return out != nullptr; });
    return std::move(*out);
  }
  Cancel begin(HttpRequest request, Callback<void(Outcome)> done) {
    if (request.unix_socket.empty()) request.unix_socket = path_;
    return client().send(std::move(request), std::move(done));
  }
  Outcome get(const std::string& url) {
    HttpRequest request;
    request.url = url;
    request.timeout = seconds(5);
    return send(std::move(request));
  }
  template <class Condition>
  void run_until(Condition condition) {
    bool late = false;
    Cancel guard = loop().after(seconds(20), [&] { late = true; });
    while (!condition() && !late) loop().turn();
    guard();
    REQUIRE_FALSE(late);
  }
  void run_for(double length) {
    bool over = false;
    loop().after(seconds(length), [&] { over = true; });
    run_until([&] { return over; });
  }
  Loop& loop() { return world_.loop(); }
  HttpClient& client() { return world_.world().service<HttpClient>(); }

 private:
  TestWorld world_;
  std::string path_;
};

HttpServer::Handler always(Reply reply) {
  return [reply = std::move(reply)](const HttpServer::Request&) { return reply; };
}

}  // namespace

TEST_CASE("http: gets status, lower-case headers and body", "[http]") {
  Bench bench{Bench::BothWays()};
  HttpServer server(bench.loop(), always(HttpServer::answer(404, "nothing here", "X-One: 1\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n")), bench.path());
  const auto response = bench.get(server.url("/x?y=1"));
  REQUIRE(response);
  CHECK(response->status == 404);
  CHECK(response->body == "nothing here");
  CHECK(response->header("x-one") == "1");
  CHECK(response->headers.size() == 4);
  CHECK(response->seconds > 0);
  CHECK(server.requests.at(0).target == "/x?y=1");
}

TEST_CASE("http: calls to one host share a connection", "[http]") {
  Bench bench{Bench::BothWays()};
  HttpServer server(bench.loop(), always(HttpServer::answer(200, "ok")), bench.path());
  for (int i = 0; i < 3; ++i) REQUIRE(bench.get(server.url("/")));
  CHECK(server.requests.size() == 3);
  CHECK(server.requests.back().connection == 1);
}

TEST_CASE("http: a kept connection that has died is replaced", "[http]") {
  Bench bench{Bench::BothWays()};
  HttpServer server(bench.loop(), [](const HttpServer::Request& request) {
    Reply reply = HttpServer::answer(200, "ok");
    reply.close = request.connection == 1;
    return reply;
  }, bench.path());
  REQUIRE(bench.get(server.url("/")));
  bench.run_for(0.05);
  REQUIRE(bench.get(server.url("/")));
  CHECK(server.requests.back().connection == 2);
}

TEST_CASE("http: sends method, headers and body as given", "[http]") {
  Bench bench{Bench::BothWays()};
  HttpServer server(bench.loop(), always(HttpServer::answer(201, "")), bench.path());
  HttpRequest request;
  request.method = "PUT";
  request.url = server.url("/thing");
  request.headers = {{"Authorization", "Bearer hunter2"}, {"Content-Type", "application/json"}, {"X-Empty", ""}};
  request.body = std::string("{\"a\":1}\0", 8);
  REQUIRE(bench.send(std::move(request)));
  const auto& seen = server.requests.at(0);
  CHECK(seen.method == "PUT");
  CHECK(seen.body == std::string("{\"a\":1}\0", 8));
  CHECK(seen.headers.at("authorization") == "Bearer hunter2");
  CHECK(seen.headers.at("content-type") == "application/json");
  CHECK(seen.headers.count("x-empty") == 1);
  CHECK(seen.headers.count("expect") == 0);
}

TEST_CASE("http: a body without a type is not called a form, and DELETE and HEAD have none", "[http]") {
  Bench bench{Bench::BothWays()};
  HttpServer server(bench.loop(), [](const HttpServer::Request& request) {
    return request.method == "HEAD" ? HttpServer::raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", false) : HttpServer::answer(200, "");
  }, bench.path());
  for (const char* method : {"POST", "DELETE", "HEAD"}) {
    HttpRequest request;
    request.method = method;
    request.url = server.url("/");
    REQUIRE(bench.send(std::move(request)));
    CHECK(server.requests.back().method == method);
    CHECK(server.requests.back().headers.count("content-type") == 0);
  }
  CHECK(server.requests[0].headers.at("content-length") == "0");
}

TEST_CASE("http: a length that the caller gives is sent once, and how a body is sent is not for a header to say", "[http]") {
  Bench bench{Bench::BothWays()};
  HttpServer server(bench.loop(), always(HttpServer::answer(200, "")), bench.path());
  HttpRequest request;
  request.method = "POST";
  request.url = server.url("/");
  request.headers = {{"Content-Length", "3"}};
  request.body = "abc";
  REQUIRE(bench.send(request));
  CHECK(server.requests.at(0).headers.at("content-length") == "3");
  CHECK(server.requests.at(0).body == "abc");
  request.headers = {{"Transfer-Encoding", "chunked"}};
  CHECK(bench.send(request).error().code == "http.header");
}

TEST_CASE("http: over a unix socket a body that is not as long as announced ends the request", "[http]") {
  Bench bench;
  const TempDirectory directory;
  HttpServer server(bench.loop(), always(HttpServer::answer(200, "")), directory.path() + "/s");
  const std::size_t size = GENERATE(3U, 7U);
  HttpRequest request;
  request.method = "POST";
  request.url = server.url("/");
  request.unix_socket = directory.path() + "/s";
  request.body_length = 5;
  bool given = false;
  request.body_source = [&](Callback<void(Result<std::string>)> done) -> Cancel {
    done(std::exchange(given, true) ? std::string() : std::string(size, 'x'));
    return {};
  };
  const auto response = bench.send(std::move(request));
  REQUIRE_FALSE(response);
  CHECK(response.error().code == "http.body");
}

TEST_CASE("http: a redirect is an answer, not followed", "[http]") {
  Bench bench{Bench::BothWays()};
  HttpServer server(bench.loop(), always(HttpServer::answer(302, "", "Location: http://127.0.0.1:1/\r\n")), bench.path());
  const auto response = bench.get(server.url("/"));
  REQUIRE(response);
  CHECK(response->status == 302);
  CHECK(server.requests.size() == 1);
}

TEST_CASE("http: speaks over a unix socket", "[http]") {
  Bench bench;
  const std::string path = cat("/tmp/runbook-http-", getpid(), ".sock");
  HttpServer server(bench.loop(), always(HttpServer::answer(200, "pong")), path);
  HttpRequest request;
  request.url = "http://docker/_ping";
  request.unix_socket = path;
  const auto response = bench.send(std::move(request));
  unlink(path.c_str());
  REQUIRE(response);
  CHECK(response->body == "pong");
  CHECK(server.requests.at(0).headers.at("host") == "docker");
}

TEST_CASE("http: a streamed body is pulled piece by piece", "[http]") {
  Bench bench{Bench::BothWays()};
  HttpServer server(bench.loop(), always(HttpServer::answer(200, "")), bench.path());
  HttpRequest request;
  request.method = "POST";
  request.url = server.url("/build");
  int pieces = 0;
  request.body_source = [&](Callback<void(Result<std::string>)> done) -> Cancel {
    ++pieces;
    const std::string piece = pieces > 5 ? "" : std::string(100000, static_cast<char>('a' + pieces));
    if (pieces % 2 == 0) {  // some at once, some later
      done(piece);
      return {};
    }
    return bench.loop().after(seconds(0.01), [piece, done = std::move(done)]() mutable { done(piece); });
  };
  REQUIRE(bench.send(std::move(request)));
  CHECK(server.requests.at(0).body.size() == 500000);
  CHECK(server.requests.at(0).headers.at("transfer-encoding") == "chunked");
}

TEST_CASE("http: a streamed body that fails ends the request with its reason", "[http]") {
  Bench bench{Bench::BothWays()};
  HttpServer server(bench.loop(), always(HttpServer::answer(200, "")), bench.path());
  const bool later = GENERATE(false, true);
  HttpRequest request;
  request.method = "POST";
  request.url = server.url("/build");
  request.body_source = [&](Callback<void(Result<std::string>)> done) -> Cancel {
    if (!later) {
      done(Error("file.read", "disk on fire"));
      return {};
    }
    return bench.loop().after(seconds(0.01), [done = std::move(done)]() mutable { done(Error("file.read", "disk on fire")); });
  };
  const auto response = bench.send(std::move(request));
  REQUIRE_FALSE(response);
  CHECK(response.error().code == "http.body");
  REQUIRE(response.error().cause);
  CHECK(response.error().cause->code == "file.read");
}

TEST_CASE("http: a paused stream reads nothing until it is resumed", "[http]") {
  Bench bench{Bench::BothWays()};
  const std::size_t size = 8U << 20U;
  HttpServer server(bench.loop(), always(HttpServer::answer(200, std::string(size, 'x'))), bench.path());
  HttpRequest request;
  request.url = server.url("/");
  request.flow = std::make_shared<HttpFlow>();
  std::size_t received = 0;
  int chunks = 0;
  int status = 0;
  const auto flow = request.flow;
  request.on_headers = [&](int code, const HttpHeaders&) { status = code; };
  request.on_chunk = [&](std::string_view chunk) {
    received += chunk.size();
    if (++chunks % 8 == 1) flow->pause();
  };
  bool done = false;
  bench.begin(std::move(request), [&](Outcome result) { done = result.ok(); });
  bench.run_until([&] { return flow->paused(); });
  CHECK(status == 200);
  const std::size_t before = received;
  bench.run_for(0.1);
  CHECK(received == before);
  while (!done) {
    if (flow->paused()) flow->resume();
    bench.loop().turn();
  }
  CHECK(received == size);
}

TEST_CASE("http: a stream can be cancelled from inside its own callback", "[http]") {
  Bench bench{Bench::BothWays()};
  HttpServer server(bench.loop(), always(HttpServer::answer(200, std::string(1U << 20U, 'x'))), bench.path());
  HttpRequest request;
  request.url = server.url("/");
  Cancel cancel;
  int chunks = 0;
  request.on_chunk = [&](std::string_view) {
    ++chunks;
    cancel();
  };
  bool called = false;
  cancel = bench.begin(std::move(request), [&](const Outcome&) { called = true; });
  bench.run_until([&] { return chunks > 0; });
  bench.run_for(0.05);
  CHECK(chunks == 1);
  CHECK_FALSE(called);
  CHECK(bench.get(server.url("/")).ok());
}

TEST_CASE("http: a callback may send another request", "[http]") {
  Bench bench{Bench::BothWays()};
  HttpServer server(bench.loop(), always(HttpServer::answer(200, "x")), bench.path());
  HttpRequest request;
  request.url = server.url("/1");
  int done = 0;
  request.on_chunk = [&](std::string_view) {
    HttpRequest inner;
    inner.url = server.url("/2");
    bench.begin(std::move(inner), [&](const Outcome& result) { done += result.ok() ? 1 : 0; });
  };
  bench.begin(std::move(request), [&](const Outcome& result) { done += result.ok() ? 1 : 0; });
  bench.run_until([&] { return done == 2; });
}

TEST_CASE("http: a cancelled request never calls back", "[http]") {
  Bench bench{Bench::BothWays()};
  HttpServer server(bench.loop(), always(Reply{{{0.05, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}}, false, false}), bench.path());
  bool called = false;
  HttpRequest request;
  request.url = server.url("/");
  Cancel cancel = bench.begin(std::move(request), [&](const Outcome&) { called = true; });
  bench.run_until([&] { return !server.requests.empty(); });
  cancel();
  bench.run_for(0.1);
  CHECK_FALSE(called);
}

TEST_CASE("http: the client can end while requests are open", "[http]") {
  Loop loop;
  TestWorld world;
  bool called = false;
  const std::string path = GENERATE(false, true) ? cat("/tmp/runbook-http-", getpid(), ".sock") : std::string();
  {
    HttpServer server(world.loop(), always(Reply{}), path);
    HttpClient client(world.world());
    for (int i = 0; i < 5; ++i) {
      HttpRequest request;
      request.url = server.url("/");
      request.unix_socket = path;
      client.send(std::move(request), [&](const Outcome&) { called = true; });
    }
    while (server.requests.size() < 5) world.loop().turn();
  }
  if (!path.empty()) unlink(path.c_str());
  CHECK_FALSE(called);
  while (world.loop().turn()) {
  }
  CHECK(world.loop().open_handles() == 0);
}

TEST_CASE("http: a hundred requests at once all end", "[http]") {
  Bench bench{Bench::BothWays()};
  HttpServer server(bench.loop(), always(HttpServer::answer(200, std::string(20000, 'y'))), bench.path());
  int done = 0;
  for (int i = 0; i < 100; ++i) {
    HttpRequest request;
    request.url = server.url("/");
    bench.begin(std::move(request), [&](const Outcome& result) { done += result && result->body.size() == 20000 ? 1 : 0; });
  }
  bench.run_until([&] { return done == 100; });
}

TEST_CASE("http: what goes wrong has a code of its own", "[http][errors]") {
  Bench bench{Bench::BothWays()};
  struct Case {
    const char* what;
    Reply reply;
    const char* code;
    bool retryable;
  };
  const auto test = GENERATE(values<Case>({
      {"garbage", HttpServer::raw("SSH-2.0-OpenSSH_9.2p1\r\n"), "http.protocol", false},
      {"nothing", HttpServer::raw(""), "http.closed", true},
      {"half a body", HttpServer::raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), "http.closed", true},
      {"half a chunk", HttpServer::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100\r\nhalf"), "http.closed", true},
      {"endless headers", HttpServer::raw("HTTP/1.1 200 OK\r\n" + [] {
         std::string lines;
         for (int i = 0; i < 20000; ++i) lines += "X-Header: 0123456789\r\n";
         return lines;
       }(), false), "http.too_large", false},
      {"a body too long", HttpServer::answer(200, std::string(2000, 'x')), "http.too_large", false},
      {"silence", Reply{}, "http.timeout", true},
  }));
  INFO(test.what);
  HttpServer server(bench.loop(), always(test.reply), bench.path());
  HttpRequest request;
  request.url = server.url("/path?token=hunter2");
  request.headers = {{"Authorization", "hunter2"}};
  request.timeout = seconds(0.3);
  request.max_body = 1000;
  const auto response = bench.send(std::move(request));
  REQUIRE_FALSE(response);
  INFO(response.error().message);
  CHECK(response.error().code == test.code);
  CHECK(response.error().retryable == test.retryable);
  CHECK(response.error().message.find("hunter2") == std::string::npos);
}

TEST_CASE("http: nobody listening and nobody of that name are told apart", "[http][errors]") {
  Bench bench;
  int port = 0;
  { port = HttpServer(bench.loop(), always(Reply{})).port(); }
  CHECK(bench.get(cat("http://127.0.0.1:", port, "/")).error().code == "http.connect");
  CHECK(bench.get("http://nobody.invalid/").error().code == "http.resolve");
  HttpRequest request;
  request.url = "http://x/";
  request.unix_socket = "/nonexistent/socket";
  CHECK(bench.send(std::move(request)).error().code == "http.connect");
}

TEST_CASE("http: a link-local address is refused unless it is allowed", "[http][errors]") {
  Bench bench;
  const auto response = bench.get("http://169.254.169.254/latest/meta-data/");
  REQUIRE_FALSE(response);
  CHECK(response.error().code == "permission.denied");
  CHECK_THAT(response.error().message, ContainsSubstring("169.254.169.254"));
}

TEST_CASE("http: a header cannot smuggle another", "[http][errors]") {
  Bench bench;
  HttpRequest request;
  request.url = "http://127.0.0.1:1/";
  request.headers = {{"X-A", "1\r\nX-B: 2"}};
  CHECK(bench.send(request).error().code == "http.header");
  request.headers = {};
  request.method = "GET / HTTP/1.1\r\nX:";
  CHECK(bench.send(request).error().code == "http.header");
}

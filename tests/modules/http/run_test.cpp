// SPDX-License-Identifier: Apache-2.0
// The module's Lua, run through a host against a server on another thread.
#include <atomic>
#include <cstdlib>
#include <memory>
#include <thread>

#include "host/core/text.h"
#include "runbook/host.h"
#include "tests/support/catch.h"
#include "tests/support/http_server.h"
#include "tests/support/temp_directory.h"

namespace runbook::http {
extern const Module kModule;
}

using namespace runbook;

namespace {

/// A server whose paths redirect: /to/URL leads to URL, /again to itself, anything else answers with its Authorization.
class ServerThread {
 public:
  ServerThread() : thread_([this] { serve(); }) {
    while (port_ == 0) std::this_thread::yield();
  }
  ~ServerThread() {
    stop_ = true;
    thread_.join();
  }
  std::string origin(const char* host = "127.0.0.1") const { return cat("http://", host, ":", port_.load()); }
  int requests() const { return requests_; }

 private:
  static HttpServer::Reply reply(const HttpServer::Request& request) {
    if (request.target.compare(0, 4, "/to/") == 0) return HttpServer::answer(302, "", cat("Location: ", request.target.substr(4), "\r\n"));
    if (request.target == "/again") return HttpServer::answer(301, "", "Location: /again\r\n");
    const auto found = request.headers.find("authorization");
    return HttpServer::answer(200, cat(request.method, " ", request.target, " ", found == request.headers.end() ? "-" : found->second));
  }
  void serve() {
    Loop loop;
    HttpServer server(loop, [this](const HttpServer::Request& request) {
      ++requests_;
      return reply(request);
    });
    port_ = server.port();
    while (!stop_) {
      loop.after(seconds(0.02), [] {});
      loop.turn();
    }
  }

  std::atomic<int> port_{0};
  std::atomic<int> requests_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

struct Outcome {
  RunReport report;
  std::string printed;
};

Outcome run(const std::string& body, std::vector<std::string> allow, Mode mode = Mode::kApply) {
  unsetenv("http_proxy");
  TempDirectory directory;
  Host host;
  host.add(http::kModule);
  RunOptions options;
  options.file = directory.file("test.lua", cat("local http = require 'http'\n", body));
  options.mode = mode;
  options.yes = true;
  options.allow = std::move(allow);
  options.state_directory = directory / "state";
  Outcome outcome;
  options.on_event = [&](const Value& event) {
    if (event["event"].as_string() == "print") outcome.printed += event["text"].as_string();
  };
  outcome.report = host.run(options);
  return outcome;
}

}  // namespace

TEST_CASE("http module: a redirect within the origin is followed with its credentials") {
  const ServerThread server;
  const Outcome outcome = run(cat("print(http.get('", server.origin(), "/to//x', { bearer = 'b' }).body)"), {"net=" + server.origin()});
  CHECK(outcome.printed == "GET /x Bearer b");
  CHECK(outcome.report.exit == 0);
}

TEST_CASE("http module: a redirect to another origin needs its permission, and loses the credentials") {
  const ServerThread server;
  const std::string other = server.origin("localhost");
  const std::string body = cat("print(http.get('", server.origin(), "/to/", other, "/x', { bearer = 'b', headers = { Cookie = 'c' } }).body)");
  const Outcome refused = run(body, {"net=" + server.origin()});
  REQUIRE(refused.report.error);
  CHECK(refused.report.error->code == "permission.denied");
  CHECK_THAT(refused.report.error->message, ContainsSubstring(other));
  CHECK(server.requests() == 1);
  CHECK(run(body, {"net=" + server.origin(), "net=" + other}).printed == "GET /x -");
}

TEST_CASE("http module: redirects that lead in a circle end") {
  const ServerThread server;
  const Outcome outcome = run(cat("http.get('", server.origin(), "/again', { redirects = 3 })"), {"net=" + server.origin()});
  REQUIRE(outcome.report.error);
  CHECK(outcome.report.error->code == "http.redirects");
  CHECK(server.requests() == 4);
}

TEST_CASE("http module: a redirect that was expected is the answer") {
  const ServerThread server;
  const Outcome outcome = run(cat("print(http.get('", server.origin(), "/again', { expect = '3xx' }).headers.location)"), {"net=" + server.origin()});
  CHECK(outcome.printed == "/again");
}

TEST_CASE("http module: a dry run reads and does not change") {
  const ServerThread server;
  const Outcome outcome = run(cat("print(http.get('", server.origin(), "/x').status)\nhttp.post('", server.origin(), "/y')\nhttp.delete('", server.origin(), "/z')"),
                              {"net=" + server.origin()}, Mode::kDryRun);
  CHECK(outcome.printed == "200");
  CHECK(outcome.report.planned == 2);
  CHECK(server.requests() == 1);
}

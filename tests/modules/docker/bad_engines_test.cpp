// SPDX-License-Identifier: Apache-2.0
// Engines that are slow, break off or talk nonsense: each is an error that says so, never a result.
#include <unistd.h>

#include "host/core/text.h"
#include "modules/docker/engine/engine.h"
#include "modules/docker/operations.h"
#include "tests/support/http_server.h"
#include "tests/support/test_world.h"

using namespace runbook;
using namespace runbook::docker;

namespace {

using Answers = std::function<HttpServer::Reply(const std::string& path)>;

/// Speaks 1.41, and beyond that as it is told.
struct BadEngine {
  explicit BadEngine(Answers answers)
      : server(world.loop(), [answers = std::move(answers)](const HttpServer::Request& request) {
          if (request.target == "/_ping") return HttpServer::answer(200, "OK", "Api-Version: 1.41\r\n");
          return answers(request.target.substr(std::string("/v1.41").size()));
        }) {}
  Value target() const { return Value::object({{"address", cat("tcp://127.0.0.1:", server.port())}, {"tls", false}}); }
  Error error(const Operation& operation, Value args) {
    args.set("target", target());
    const auto answer = world.perform(operation, std::move(args));
    REQUIRE_FALSE(answer);
    return answer.error();
  }

  TestWorld world;
  HttpServer server;
};

HttpServer::Reply chunk(const std::string& text, bool whole = false) {
  char size[16];
  snprintf(size, sizeof size, "%zx", text.size());
  return HttpServer::raw(cat("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", size, "\r\n", text, "\r\n",
                             whole ? "0\r\n\r\n" : ""));
}

// A frame that promises nine bytes.
const std::string kCutFrame = std::string("\x01\0\0\0\0\0\0\x09", 8) + "half";
const Value kWeb = Value::object({{"name", "web"}});
const Value kImport = Value::object({{"tag", "app:1"}, {"content", "tar"}});

}  // namespace

TEST_CASE("docker bad engine: one that closes in the middle of its answer is found out", "[docker]") {
  BadEngine json([](const std::string&) { return chunk("{\"Id\":\"abc\""); });
  const Error cut = json.error(kContainerGet, kWeb);
  CHECK(cut.code == "docker.engine");
  CHECK(cut.retryable);
  CHECK_THAT(cut.message, ContainsSubstring("container 'web': the answer of the engine at 'tcp://127.0.0.1:"));
  CHECK_THAT(cut.hint, ContainsSubstring("been stopped"));

  BadEngine messages([](const std::string&) { return chunk("{\"status\":\"Pulling\"}\n{\"sta"); });
  CHECK(messages.error(kImageImport, kImport).code == "docker.engine");
  // Where the end of the connection is the end of the answer, only the messages tell.
  BadEngine silent(
      [](const std::string&) { return HttpServer::raw("HTTP/1.1 200 OK\r\n\r\n{\"status\":\"Pulling\"}\n{\"sta"); });
  CHECK_THAT(silent.error(kImageImport, kImport).message, ContainsSubstring("is not JSON"));
}

TEST_CASE("docker bad engine: one that closes in the middle of output is found out", "[docker]") {
  const auto inspected = HttpServer::answer(200, R"({"Config":{"Tty":false}})");
  BadEngine cut(
      [&](const std::string& path) { return path.find("/json") != std::string::npos ? inspected : chunk(kCutFrame); });
  CHECK(cut.error(kContainerLogs, kWeb).code == "docker.engine");
  BadEngine whole([&](const std::string& path) {
    return path.find("/json") != std::string::npos ? inspected : chunk(kCutFrame, true);
  });
  CHECK(whole.error(kContainerLogs, kWeb).code == "docker.engine");

  BadEngine exec([](const std::string& path) {
    if (path.find("/start") == std::string::npos) return HttpServer::answer(201, R"({"Id":"1"})");
    return HttpServer::raw("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n" + kCutFrame);
  });
  const Error ended = exec.error(kContainerExec, Value::object({{"name", "web"}, {"command", Value::array({"true"})}}));
  CHECK(ended.code == "docker.engine");
  CHECK_THAT(ended.message, ContainsSubstring("in the middle of the program's output"));

  BadEngine gone([](const std::string& path) {
    return path.find("/start") == std::string::npos ? HttpServer::answer(201, R"({"Id":"1"})") : HttpServer::raw("");
  });
  CHECK(gone.error(kContainerExec, Value::object({{"name", "web"}, {"command", Value::array({"true"})}})).code ==
        "docker.engine");
}

TEST_CASE("docker bad engine: pages, half of JSON and endless heads are no answers", "[docker]") {
  BadEngine page([](const std::string&) { return HttpServer::answer(200, "<html>Welcome</html>"); });
  CHECK_THAT(page.error(kContainerGet, kWeb).message, ContainsSubstring("is not JSON"));
  BadEngine half([](const std::string&) { return HttpServer::answer(200, R"({"Id":"abc","Config":{)"); });
  CHECK_THAT(half.error(kContainerGet, kWeb).message, ContainsSubstring("is not JSON"));
  BadEngine head([](const std::string&) {
    return HttpServer::raw(cat("HTTP/1.1 200 OK\r\nX-Long: ", std::string(2U << 20U, 'x'), "\r\n\r\n{}"));
  });
  const Error large = head.error(kContainerGet, kWeb);
  CHECK(large.code == "docker.engine");
  BadEngine noise([](const std::string&) { return HttpServer::raw("SSH-2.0-OpenSSH_9.2\r\n"); });
  CHECK(noise.error(kContainerGet, kWeb).code == "docker.engine");
}

TEST_CASE("docker bad engine: one that is slow is not waited for beyond the deadline", "[docker]") {
  BadEngine slow([](const std::string&) { return HttpServer::Reply{{{5, "late"}}, false, false}; });
  Engine& engine = slow.world.world().service<Engines>().at(slow.target());
  std::unique_ptr<Error> error;
  Call call;
  call.path = "/containers/web/json";
  call.object = "container 'web'";
  call.timeout = 0.2;
  engine.request(std::move(call),
                 [&](Result<HttpResponse> answer) { error = std::make_unique<Error>(answer.error()); });
  while (!error && slow.world.loop().turn()) {
  }
  CHECK(error->code == "docker.timeout");
  CHECK(error->retryable);
  CHECK_THAT(error->message, ContainsSubstring("container 'web': the engine at 'tcp://127.0.0.1:"));
}

TEST_CASE("docker bad engine: one that does not even greet is let go of by whoever cancels", "[docker]") {
  TestWorld world;
  HttpServer mute(
      world.loop(),
      [](const HttpServer::Request&) {
        return HttpServer::Reply{
            {{0.2, "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 0\r\n\r\n"}}, false, false};
      },
      cat("/tmp/runbook-mute-", getpid(), ".sock"));
  Value args = kWeb;
  args.set("target", cat("unix:///tmp/runbook-mute-", getpid(), ".sock"));
  bool called = false;
  Cancel cancel = kContainerGet.perform({world.world(), args, {}}, [&](const Result<Value>&) { called = true; });
  const auto turn_for = [&](double length) {
    bool over = false;
    world.loop().after(seconds(length), [&] { over = true; });
    while (!over) world.loop().turn();
  };
  turn_for(0.1);
  cancel();
  turn_for(0.4);
  unlink(cat("/tmp/runbook-mute-", getpid(), ".sock").c_str());
  CHECK_FALSE(called);
  CHECK(mute.requests.size() == 1);
}

TEST_CASE("docker bad engine: one that finds us too old says so in its own words", "[docker]") {
  const std::string words = "client version 1.41 is too old. Minimum supported API version is 1.99";
  BadEngine strict(
      [&](const std::string&) { return HttpServer::answer(400, words + "\n", "Content-Type: text/plain\r\n"); });
  const Error error = strict.error(kContainerGet, kWeb);
  CHECK(error.code == "docker.engine");
  CHECK(error.message == "container 'web': " + words);
}

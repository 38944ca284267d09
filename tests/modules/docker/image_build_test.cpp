// SPDX-License-Identifier: Apache-2.0
// Builds against a server that answers with status 200 and then fails.
#include <unistd.h>

#include "host/core/text.h"
#include "modules/docker/engine/message_stream.h"
#include "modules/docker/operations.h"
#include "tests/support/http_server.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_world.h"

using namespace runbook;
using namespace runbook::docker;

namespace {

Result<Value> build(const HttpServer::Reply& reply, std::size_t* sent = nullptr) {
  TestWorld world;
  TempDirectory directory;
  directory.file("Dockerfile", "FROM scratch\n");
  directory.file("data", std::string(1'000'000, 'x'));
  const std::string socket = directory / "s.sock";
  HttpServer server(
      world.loop(),
      [&](const HttpServer::Request& request) {
        if (request.target == "/_ping") return HttpServer::answer(200, "OK", "Api-Version: 1.41\r\n");
        if (request.target.find("/images/") != std::string::npos) return HttpServer::answer(200, R"({"Id":"sha256:aa"})");
        if (sent != nullptr) *sent = request.body.size();
        return reply;
      },
      socket);
  return world.perform(kImageBuild, Value::object({{"target", "unix://" + socket}, {"tag", "app:1"}, {"context", directory.path()}}));
}

HttpServer::Reply stream(const std::string& body) { return HttpServer::answer(200, body); }

}  // namespace

TEST_CASE("docker build: an error inside a success is an error, with the last lines of the builder", "[docker]") {
  std::size_t sent = 0;
  const auto result = build(stream("{\"stream\":\"Step 1/2 : RUN make\\n\"}\r\n{\"stream\":\"no rule\\n\"}\r\n"
                                   "{\"errorDetail\":{\"code\":2,\"message\":\"make returned 2\"},\"error\":\"make returned 2\"}\r\n"),
                            &sent);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == "docker.build");
  CHECK_THAT(result.error().message, ContainsSubstring("make returned 2"));
  CHECK(result.error().context.at("log") == "Step 1/2 : RUN make\nno rule");
  CHECK(sent > 1'000'000);
}

TEST_CASE("docker build: a report that ends early, says nothing or is no report is an error", "[docker]") {
  CHECK(build(HttpServer::raw("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"stream\":\"Step 1\\n\"}\r\n")).error().code == "docker.engine");
  CHECK_THAT(build(stream("{\"stream\":\"Step 1\\n\"}\r\n")).error().message, ContainsSubstring("without an image"));
  CHECK_THAT(build(stream("<html>not json</html>")).error().message, ContainsSubstring("not JSON"));
  CHECK_THAT(build(stream("{\"aux\":{\"ID\":\"sha256:bb\"}}")).error().message, ContainsSubstring("the tag means sha256:aa"));
  CHECK(build(HttpServer::answer(500, R"({"message":"no space left on device"})")).error().code == "docker.engine");
}

TEST_CASE("docker build: what the builder made is looked at before it is believed", "[docker]") {
  const auto result = build(stream("{\"stream\":\"Step 1\\n\"}\r\n{\"aux\":{\"ID\":\"sha256:aa\"}}\r\n"));
  REQUIRE(result.ok());
  CHECK((*result)["id"].as_string() == "sha256:aa");
  CHECK((*result)["context_hash"].as_string().size() == 64);
}

TEST_CASE("docker message stream: messages may be cut anywhere", "[docker]") {
  const std::string bytes = "{\"stream\":\"a\"}\r\n{\"stream\":\"b\"}\n\n{\"status\":\"c\"}";
  int count = 0;
  MessageStream messages([&](const Value&) { ++count; });
  for (const char c : bytes) messages.feed(std::string_view(&c, 1));
  CHECK(messages.end().ok());
  CHECK(count == 3);
}

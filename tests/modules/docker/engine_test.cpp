// SPDX-License-Identifier: Apache-2.0
// The client against a server that says what no engine should.
#include "modules/docker/engine/engine.h"

#include <sys/stat.h>
#include <unistd.h>

#include "host/core/text.h"
#include "tests/modules/docker/fake_engine.h"

using namespace runbook;
using namespace runbook::docker;

namespace {

const Value kWeb = Value::object({{"name", "web"}});

HttpServer::Handler says(HttpServer::Reply reply) {
  return [reply](const HttpServer::Request&) { return reply; };
}

}  // namespace

TEST_CASE("docker engine: both sides agree on the newest version that both speak, once", "[docker]") {
  for (const auto& [theirs, agreed] : {std::pair{"1.41", "/v1.41/"}, {"1.99", "/v1.52/"}, {"1.40", "/v1.40/"}}) {
    FakeEngine engine(says(HttpServer::answer(200, "[]")), theirs);
    REQUIRE(engine.perform(kContainerList, Value::Object{}).ok());
    REQUIRE(engine.perform(kContainerList, Value::Object{}).ok());
    REQUIRE(engine.server.requests.size() == 3);
    CHECK(engine.server.requests[0].target == "/_ping");
    CHECK(engine.server.requests[1].target.rfind(agreed, 0) == 0);
  }
}

TEST_CASE("docker engine: one that is too old, or none at all, is told so", "[docker]") {
  FakeEngine old(says(HttpServer::answer(200, "[]")), "1.24");
  const auto refused = old.perform(kContainerList, Value::Object{});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == "docker.engine");
  CHECK_THAT(refused.error().message, ContainsSubstring("speaks version 1.24"));

  FakeEngine other(says(HttpServer::answer(200, "[]")), "nginx");
  CHECK_THAT(other.perform(kContainerList, Value::Object{}).error().message, ContainsSubstring("is no Docker Engine"));
}

TEST_CASE("docker engine: what it refuses has a code, its own words and the status", "[docker]") {
  const std::tuple<int, const char*, const char*> cases[] = {
      {404, R"({"message":"No such container: web"})", "docker.not_found"},
      {409, R"({"message":"in use"})", "docker.conflict"},
      {403, "forbidden", "docker.auth"},
      {500, R"({"message":"disk is full"})", "docker.engine"},
      {400, "client version 1.41 is too new", "docker.engine"},
      {500, "", "docker.engine"}};
  for (const auto& [status, body, code] : cases) {
    FakeEngine engine(says(HttpServer::answer(status, body)));
    const auto result = engine.perform(kContainerGet, kWeb);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == code);
    CHECK(result.error().context.at("http_status") == std::to_string(status));
    CHECK_THAT(result.error().message, ContainsSubstring("container 'web': "));
  }
}

TEST_CASE("docker engine: an answer that is broken is an error, never a result", "[docker]") {
  for (const char* bytes : {"complete garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"Id\":", ""}) {
    FakeEngine engine(says(HttpServer::raw(bytes)));
    const auto result = engine.perform(kContainerGet, kWeb);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == "docker.engine");
  }
  FakeEngine engine(says(HttpServer::answer(200, "<html>")));
  const auto result = engine.perform(kContainerGet, kWeb);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == "docker.engine");
}

TEST_CASE("docker engine: an absent one, a forbidden one and one that cannot be reached are told apart", "[docker]") {
  TestWorld world;
  const auto ask = [&](const char* target) {
    return world.perform(kContainerList, Value::object({{"target", target}})).error();
  };
  const Error absent = ask("unix:///tmp/runbook-no-such.sock");
  CHECK(absent.code == "docker.connect");
  CHECK_THAT(absent.hint, ContainsSubstring("is the engine running"));
  CHECK(ask("npipe://x").code == "docker.unsupported");
  CHECK(ask("unix://relative").code == "docker.unsupported");
  CHECK_THAT(ask("fd://").hint, ContainsSubstring("supported: unix://"));
}

TEST_CASE("docker engine: a name cannot lead to another path", "[docker]") {
  FakeEngine engine(says(HttpServer::answer(200, "{}")));
  for (const char* name : {"../info", "a/b", "a?b", ".."}) {
    REQUIRE(engine.perform(kContainerGet, Value::object({{"name", name}})).ok());
  }
  std::vector<std::string> targets;
  for (const auto& request : engine.server.requests) targets.push_back(request.target);
  CHECK(targets == std::vector<std::string>{"/_ping", "/v1.41/containers/..%2Finfo/json", "/v1.41/containers/a%2Fb/json",
                                            "/v1.41/containers/a%3Fb/json", "/v1.41/containers/%2E%2E/json"});
}

TEST_CASE("docker engine: cancelling ends the request and calls nobody", "[docker]") {
  FakeEngine engine(says({{{5.0, "late"}}, false, false}));
  bool called = false;
  Value args = kWeb;
  args.set("target", engine.target());
  Cancel cancel = kContainerGet.perform({engine.world.world(), args, {}}, [&](Result<Value>) { called = true; });
  bool over = false;
  engine.world.loop().after(seconds(0.2), [&] { over = true; });
  while (!over) engine.world.loop().turn();
  cancel();
  over = false;
  engine.world.loop().after(seconds(0.1), [&] { over = true; });
  while (!over) engine.world.loop().turn();
  CHECK_FALSE(called);
}

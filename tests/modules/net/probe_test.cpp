// SPDX-License-Identifier: Apache-2.0
#include "modules/net/probe.h"

#include <unistd.h>

#include "host/core/text.h"
#include "tests/support/http_server.h"
#include "tests/support/test_world.h"

using namespace runbook;

namespace {

const Operation& probe_operation() {
  for (const Export& exported : net::kModule.exports) {
    if (std::string_view(exported.lua_name) == "probe") return *exported.operation;
  }
  FAIL("there is no net.probe");
  return *net::kModule.exports[0].operation;
}

HttpServer::Reply nothing(const HttpServer::Request&) { return HttpServer::raw("", true); }

Result<Value> probe(TestWorld& world, const std::string& target) {
  return world.perform(probe_operation(), Value::object({{"target", target}}));
}

std::string code(Result<Value> result) { return result ? "" : result.error().code; }

}  // namespace

TEST_CASE("net.probe: whoever listens is found, and is told nothing", "[net]") {
  TestWorld world;
  HttpServer server(world.loop(), nothing);
  auto found = probe(world, cat("tcp://127.0.0.1:", server.port()));
  REQUIRE(found);
  CHECK(found->as_bool());
  CHECK(server.requests.empty());
}

TEST_CASE("net.probe: a unix socket is found by its path", "[net]") {
  TestWorld world;
  const std::string path = cat("/tmp/runbook-probe-", getpid(), ".sock");
  CHECK(code(probe(world, cat("unix://", path))) == "net.connect");
  {
    HttpServer server(world.loop(), nothing, path);
    CHECK(probe(world, cat("unix://", path)));
  }
  unlink(path.c_str());
}

TEST_CASE("net.probe: where nobody listens may be better later", "[net]") {
  TestWorld world;
  int port = 0;
  {
    HttpServer server(world.loop(), nothing);
    port = server.port();
  }
  const auto refused = probe(world, cat("tcp://127.0.0.1:", port));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "net.connect");
  CHECK(refused.error().retryable);
  CHECK(refused.error().message.find(cat("'tcp://127.0.0.1:", port, "'")) != std::string::npos);
}

TEST_CASE("net.probe: a name that can be none is told as such", "[net]") {
  TestWorld world;
  CHECK(code(probe(world, "tcp://no..such:80")) == "net.resolve");
}

TEST_CASE("net.probe: what is no target is refused, and needs no permission", "[net]") {
  TestWorld world;
  for (const char* target : {"db:5432", "tcp://db", "tcp://db:0", "tcp://db:65536", "tcp://db:5432/path", "udp://db:53", "unix://run/x", "tcp://", ""}) {
    INFO(target);
    CHECK(code(probe(world, target)) == "argument.invalid");
    const auto touched = probe_operation().access(world.world(), Value::object({{"target", target}}));
    REQUIRE(touched.size() == 1);
    CHECK(touched[0].kind == "none");
  }
  CHECK(code(probe(world, cat("unix:///", std::string(200, 'x')))) == "argument.invalid");
}

TEST_CASE("net.probe: a permitted name that leads to a cloud's credentials is refused", "[net]") {
  const auto named = net::parse_way("tcp://169.254.169.254:80");
  REQUIRE(named);
  CHECK(named->allow_link_local);
  const auto other = net::parse_way("tcp://metadata:80");
  REQUIRE(other);
  CHECK_FALSE(other->allow_link_local);
}

TEST_CASE("net.probe: cancelled, it is never heard of again", "[net]") {
  TestWorld world;
  HttpServer server(world.loop(), nothing);
  bool heard = false;
  Cancel cancel = probe_operation().perform(
      {world.world(), Value::object({{"target", cat("tcp://127.0.0.1:", server.port())}}), {}}, [&](Result<Value>) { heard = true; });
  cancel();
  bool over = false;
  world.loop().after(seconds(0.05), [&] { over = true; });
  while (!over && world.loop().turn()) {
  }
  CHECK_FALSE(heard);
}

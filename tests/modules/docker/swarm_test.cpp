// SPDX-License-Identifier: Apache-2.0
// What is sent to a swarm, where real engines seldom do what is tested here.
#include "host/core/encoding.h"
#include "tests/modules/docker/fake_engine.h"
#include "tests/support/catch.h"

using namespace runbook;
using namespace runbook::docker;

namespace {

constexpr const char* kOvertaken = R"({"message": "rpc error: code = Unknown desc = update out of sequence"})";

std::string service(int version, int replicas) {
  return cat(R"({"ID": "id-web", "Version": {"Index": )", version, R"(}, "Spec": {"Name": "web", "Labels": {"v": ")", version,
             R"("}, "Mode": {"Replicated": {"Replicas": )", replicas, R"(}}, "TaskTemplate": {"ForceUpdate": 4}}})");
}

Value scale_to(int replicas) { return Value::object({{"name", "web"}, {"replicas", replicas}}); }

// A service that somebody else changes so many times between a reading and the update that follows it.
struct Contested {
  explicit Contested(int others) : left(others) {}
  int left;
  int version = 7;
  int replicas = 1;
  std::vector<std::string> updates;

  HttpServer::Reply operator()(const HttpServer::Request& request) {
    if (request.method == "GET") return HttpServer::answer(200, service(version, replicas));
    updates.push_back(request.target);
    if (left-- > 0) {
      ++version;
      return HttpServer::answer(500, kOvertaken);
    }
    replicas = 3;
    return HttpServer::answer(200, "{}");
  }
};

const HttpServer::Request* post_of(const FakeEngine& engine) {
  for (const auto& request : engine.server.requests) {
    if (request.method == "POST") return &request;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("docker swarm: a change that was overtaken is made again on what is there then", "[docker]") {
  auto contested = std::make_shared<Contested>(2);
  FakeEngine engine([contested](const HttpServer::Request& request) { return (*contested)(request); });
  const auto result = engine.perform(kServiceScale, scale_to(3));
  REQUIRE(result.ok());
  CHECK((*result)["changed"].as_bool());
  REQUIRE(contested->updates.size() == 3);
  CHECK_THAT(contested->updates[0], ContainsSubstring("version=7"));
  CHECK_THAT(contested->updates[2], ContainsSubstring("version=9"));
  CHECK_THAT(engine.server.requests.back().target, ContainsSubstring("/services/web"));
}

TEST_CASE("docker swarm: a change that is overtaken for ever is given up with the engine's words", "[docker]") {
  auto contested = std::make_shared<Contested>(1000);
  FakeEngine engine([contested](const HttpServer::Request& request) { return (*contested)(request); });
  const auto result = engine.perform(kServiceScale, scale_to(3));
  REQUIRE_FALSE(result.ok());
  CHECK_THAT(result.error().message, ContainsSubstring("update out of sequence"));
  CHECK(contested->updates.size() == 8);
}

TEST_CASE("docker swarm: nothing is sent where it is so already", "[docker]") {
  auto contested = std::make_shared<Contested>(0);
  FakeEngine engine([contested](const HttpServer::Request& request) { return (*contested)(request); });
  const auto result = engine.perform(kServiceScale, scale_to(1));
  REQUIRE(result.ok());
  CHECK_FALSE((*result)["changed"].as_bool());
  CHECK(contested->updates.empty());
}

TEST_CASE("docker swarm: an update keeps forced restarts and the credentials of the running service", "[docker]") {
  auto contested = std::make_shared<Contested>(0);
  FakeEngine engine([contested](const HttpServer::Request& request) { return (*contested)(request); });
  REQUIRE(engine.perform(kServiceUpdate, Value::object({{"name", "web"}, {"image", "app:2"}})).ok());
  const auto* sent = post_of(engine);
  REQUIRE(sent);
  CHECK_THAT(sent->target, ContainsSubstring("registryAuthFrom=spec"));
  CHECK_THAT(sent->body, ContainsSubstring(R"("ForceUpdate":4)"));
}

TEST_CASE("docker swarm: the data of a secret is sent, and stands in no error", "[docker]") {
  FakeEngine engine([](const HttpServer::Request&) { return HttpServer::answer(500, R"({"message": "no leader"})"); });
  const auto result =
      engine.perform(kSecretCreate, Value::object({{"name", "key"}, {"data", Value::Secret{"the data", "KEY"}}}));
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message == "secret 'key': no leader");
  const auto* sent = post_of(engine);
  REQUIRE(sent);
  CHECK_THAT(sent->body, ContainsSubstring(base64_encode("the data")));
}

TEST_CASE("docker swarm: an object whose id only begins like the name is another one", "[docker]") {
  FakeEngine engine([](const HttpServer::Request&) { return HttpServer::answer(200, service(1, 1)); });
  CHECK(engine.perform(kServiceFind, Value::object({{"name", "id"}}))->is_null());
  CHECK(engine.perform(kServiceGet, Value::object({{"name", "id"}})).error().code == "docker.not_found");
  CHECK((*engine.perform(kServiceGet, Value::object({{"name", "id-web"}})))["name"].as_string() == "web");
}

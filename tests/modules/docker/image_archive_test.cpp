// SPDX-License-Identifier: Apache-2.0
// Archives of images from an engine that fails half-way, which it says behind what it has sent with status 200; and what
// a build sends along.
#include <filesystem>

#include "host/core/encoding.h"
#include "modules/docker/operations.h"
#include "tests/support/http_server.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_world.h"

using namespace runbook;
using namespace runbook::docker;

namespace {

struct Fake {
  explicit Fake(HttpServer::Reply given)
      : reply(std::move(given)), server(
                                     world.loop(),
                                     [this](const HttpServer::Request& request) {
                                       if (request.target == "/_ping") return HttpServer::answer(200, "OK", "Api-Version: 1.41\r\n");
                                       return reply;
                                     },
                                     directory / "s.sock") {}
  Result<Value> save() {
    return world.perform(kImageSave, Value::object({{"target", "unix://" + (directory / "s.sock")},
                                                    {"images", Value::array({"app:1"})},
                                                    {"path", out / "app.tar"}}));
  }
  bool left() const { return !std::filesystem::is_empty(out.path()); }

  TempDirectory directory, out;
  TestWorld world;
  HttpServer::Reply reply;
  HttpServer server;
};

}  // namespace

TEST_CASE("docker save: an archive without its end is an error in the engine's words, and no file", "[docker]") {
  Fake fails(HttpServer::answer(200, std::string(2'000'000, 'x') + R"({"errorDetail":{"message":"layer is gone"},"error":"layer is gone"})"));
  const auto said = fails.save();
  REQUIRE_FALSE(said.ok());
  CHECK_THAT(said.error().message, ContainsSubstring("layer is gone"));
  CHECK_FALSE(fails.left());

  Fake ends(HttpServer::answer(200, std::string(3000, 'x')));
  CHECK_THAT(ends.save().error().message, ContainsSubstring("before its end"));
  CHECK_FALSE(ends.left());

  Fake breaks(HttpServer::raw("HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n" + std::string(3'000'000, 'x')));
  CHECK(breaks.save().error().code == "docker.engine");
  CHECK_FALSE(breaks.left());
}

TEST_CASE("docker save: a whole archive takes the place of the file, and only then", "[docker]") {
  Fake works(HttpServer::answer(200, std::string(3'000'000, 'x') + std::string(1024, '\0')));
  works.out.file("app.tar", "old");
  const auto saved = works.save();
  REQUIRE(saved.ok());
  CHECK((*saved)["size"].as_int() == 3'001'024);
  CHECK(works.out.content("app.tar").size() == 3'001'024);
}

TEST_CASE("docker build: cached layers and the registries of base images go along, passwords in a header alone", "[docker]") {
  Fake fake(HttpServer::answer(200, R"({"errorDetail":{"message":"enough"}})"));
  fake.directory.file("Dockerfile", "FROM scratch\n");
  Value args = Value::object({{"target", "unix://" + (fake.directory / "s.sock")},
                              {"tag", "app:1"},
                              {"context", fake.directory.path()},
                              {"cache_from", Value::array({"app:0"})},
                              {"auth", Value::object({{"registry", "reg:5000"}, {"username", "deploy"}, {"password", Value::Secret{"horse", "P"}}})}});
  CHECK(fake.world.perform(kImageBuild, args).error().code == "docker.build");
  REQUIRE(fake.server.requests.size() >= 2);
  auto& request = fake.server.requests.back();
  CHECK_THAT(request.target, ContainsSubstring("cachefrom=%5B%22app%3A0%22%5D"));
  CHECK(request.target.find("horse") == std::string::npos);
  auto sent = base64_decode(request.headers["x-registry-config"]);
  REQUIRE(sent.ok());
  CHECK(*sent == R"({"reg:5000":{"password":"horse","serveraddress":"reg:5000","username":"deploy"}})");
  args.set("auth", Value::object({{"username", "deploy"}, {"password", Value::Secret{"horse", "P"}}}));
  CHECK(fake.world.perform(kImageBuild, args).error().code == "argument.invalid");
}

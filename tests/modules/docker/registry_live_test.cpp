// SPDX-License-Identifier: Apache-2.0
// A real engine and a real registry: what is pushed is pulled, and what goes wrong is told.
#include "host/core/text.h"
#include "tests/modules/docker/live_support.h"
#include "tests/support/registry.h"

using namespace runbook;
using namespace runbook::docker;

namespace {

Value named(const std::string& name) { return Value::object({{"name", name}}); }

Value with_auth(const std::string& name, const char* password) {
  Value args = named(name);
  args.set("auth", Value::object({{"username", "deploy"}, {"password", Value::Secret{password, "PASSWORD"}}}));
  return args;
}

Value login(const std::string& registry, const char* user, const char* password) {
  return Value::object({{"registry", registry}, {"username", user}, {"password", Value::Secret{password, "PASSWORD"}}});
}

void tag(Live& live, const std::string& to) {
  live.perform(kImageTag, Value::object({{"name", live_image()}, {"tag", to}}));
}

}  // namespace

TEST_CASE("docker live: an image comes back from a registry as it was pushed, and neither is done twice", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  RUNBOOK_NEEDS_REGISTRY();
  Live live;
  const Registry registry;
  const std::string name = registry.address() + "/team/app:1";
  tag(live, name);
  CHECK(live.attempt(kImageDigest, named(name)).error().code == "docker.not_found");

  std::vector<Value> events;
  Value args = named(name);
  args.set("target", private_engine());
  const auto pushed = live.wait([&](Done done) {
    kImagePush.perform({live.world(), args, [&](Value event) { events.push_back(std::move(event)); }}, std::move(done));
  });
  REQUIRE(pushed.ok());
  CHECK((*pushed)["changed"].as_bool());
  CHECK_FALSE(events.empty());
  CHECK(events.front()["event"].as_string() == "progress");
  CHECK_FALSE(live.perform(kImagePush, named(name))["changed"].as_bool(true));

  const Value found = live.perform(kImageDigest, named(name));
  CHECK(found["digest"] == (*pushed)["digest"]);
  CHECK(found["reference"].as_string() == registry.address() + "/team/app@" + found["digest"].as_string());
  CHECK(found["platforms"].items().at(0)["os"].as_string() == "linux");

  live.perform(kImageRemove, named(name));
  const Value pulled = live.perform(kImagePull, named(name));
  CHECK(pulled["tags"].items().size() >= 1);
  CHECK(pulled["digest"] == found["digest"]);
  CHECK(pulled["id"] == live.perform(kImageGet, named(live_image()))["id"]);
  CHECK_FALSE(live.perform(kImagePull, named(name))["changed"].as_bool(true));
  CHECK_FALSE(live.perform(kImagePull, named(found["reference"].as_string()))["changed"].as_bool(true));
  live.perform(kImageRemove, named(name));
}

TEST_CASE("docker live: what a registry does not have, and one that is not there, are told apart", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  RUNBOOK_NEEDS_REGISTRY();
  Live live;
  const Registry registry;
  const std::string name = registry.address() + "/app:none";
  CHECK(live.attempt(kImagePull, named(name)).error().code == "docker.not_found");
  CHECK(live.attempt(kImageDigest, named(name)).error().code == "docker.not_found");
  const auto absent = live.attempt(kImagePush, named(name));
  CHECK(absent.error().code == "docker.not_found");
  CHECK_THAT(absent.error().message, ContainsSubstring("does not exist locally"));
  CHECK(live.attempt(kImagePush, named("app@sha256:" + std::string(64, 'a'))).error().code == "argument.invalid");
  registry.stop();
  CHECK(live.attempt(kImageDigest, named(name)).error().code == "docker.registry");
  const auto unreached = live.attempt(kImagePull, named(name));
  CHECK(unreached.error().code == "docker.registry");
  CHECK(unreached.error().retryable);
}

TEST_CASE("docker live: a locked registry lets in who knows the password, and nobody else", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  RUNBOOK_NEEDS_REGISTRY();
  Live live;
  const Registry registry("locked");
  const std::string name = registry.address() + "/app:1";
  tag(live, name);
  for (const Operation* operation : {&kImageDigest, &kImagePush, &kImagePull}) {
    INFO(operation->name);
    CHECK(live.attempt(*operation, named(name)).error().code == "docker.auth");
    const auto wrong = live.attempt(*operation, with_auth(name, "wrong horse"));
    CHECK(wrong.error().code == "docker.auth");
    CHECK(wrong.error().message.find("wrong horse") == std::string::npos);
  }
  CHECK(live.attempt(kRegistryLogin, login(registry.address(), "deploy", "wrong horse")).error().code == "docker.auth");
  CHECK(live.perform(kRegistryLogin, login(registry.address(), "deploy", "right horse"))["registry"].as_string() == registry.address());

  CHECK(live.perform(kImagePush, with_auth(name, "right horse"))["changed"].as_bool());
  CHECK_FALSE(live.perform(kImagePush, with_auth(name, "right horse"))["changed"].as_bool(true));
  CHECK(live.perform(kImageDigest, with_auth(name, "right horse"))["digest"].is_string());
  live.perform(kImageRemove, named(name));
  CHECK(live.perform(kImagePull, with_auth(name, "right horse"))["tags"].items().size() >= 1);
  live.perform(kImageRemove, named(name));
}

TEST_CASE("docker live: a registry on this machine may have a certificate that nobody has signed", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  RUNBOOK_NEEDS_REGISTRY();
  Live live;
  const Registry registry("locked tls");
  const std::string name = registry.address() + "/app:1";
  tag(live, name);
  CHECK(live.perform(kRegistryLogin, login(registry.address(), "deploy", "right horse"))["registry"].as_string() == registry.address());
  const Value pushed = live.perform(kImagePush, with_auth(name, "right horse"));
  CHECK(live.perform(kImageDigest, with_auth(name, "right horse"))["digest"] == pushed["digest"]);
  CHECK(live.attempt(kImageDigest, named(name)).error().code == "docker.auth");
  live.perform(kImageRemove, named(name));
}

TEST_CASE("docker live: a password that is no secret is refused, and so is an auth that is none", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  const auto refused = [&](Value auth) {
    Value args = named("app:1");
    args.set("auth", std::move(auth));
    return live.attempt(kImagePull, std::move(args)).error().code == "argument.invalid";
  };
  CHECK(refused(Value::object({{"username", "a"}, {"password", "clear"}})));
  CHECK(refused(Value::object({{"username", "a"}})));
  CHECK(refused(Value::object({{"user", "a"}})));
  CHECK(refused(Value::object({{"username", "a"}, {"password", Value::Secret{"b", "B"}}, {"identity_token", Value::Secret{"c", "C"}}})));
}

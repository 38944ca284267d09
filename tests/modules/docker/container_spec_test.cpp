// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/container/container_spec.h"

#include "modules/docker/operations.h"
#include "tests/support/catch.h"
#include "tests/support/test_world.h"

using namespace runbook;
using namespace runbook::docker;

namespace {

Value parse(const char* json) {
  auto value = from_json(json);
  REQUIRE(value.ok());
  return std::move(*value);
}

Value body_of(const char* json) {
  auto spec = container_spec(parse(json));
  REQUIRE(spec.ok());
  Value body = spec->body;
  Value labels = body["Labels"];
  CHECK(labels[kSpecLabel].as_string() == spec->hash);
  labels.erase(kSpecLabel);
  body.set("Labels", std::move(labels));
  return body;
}

}  // namespace

TEST_CASE("docker container spec: options become the request of the engine", "[docker]") {
  const Value body = body_of(R"({
    "name": "web", "image": "app:1", "command": ["serve", "--fast"], "env": {"B": "2", "A": 1},
    "labels": {"colour": "green"}, "ports": ["127.0.0.1:8080:80", {"container": 53, "protocol": "udp"}],
    "volumes": ["data:/data", "/srv/www:/www:ro"], "tmpfs": ["/tmp"], "networks": ["front"], "aliases": ["app"],
    "restart": "on-failure:3", "memory": 1048576, "cpus": 0.5, "stop_timeout": 2.5, "init": true,
    "healthcheck": {"test": ["/bin/check"], "interval": "500ms", "retries": 2}})");
  CHECK(body == parse(R"({
    "Image": "app:1", "Cmd": ["serve", "--fast"], "Env": ["A=1", "B=2"], "Labels": {"colour": "green"},
    "StopTimeout": 3, "ExposedPorts": {"80/tcp": {}, "53/udp": {}},
    "Healthcheck": {"Test": ["CMD", "/bin/check"], "Interval": 500000000, "Retries": 2},
    "HostConfig": {
      "Memory": 1048576, "NanoCpus": 500000000, "Init": true,
      "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3},
      "PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}], "53/udp": [{"HostIp": "", "HostPort": ""}]},
      "Mounts": [{"Type": "volume", "Source": "data", "Target": "/data"},
                 {"Type": "bind", "Source": "/srv/www", "Target": "/www", "ReadOnly": true},
                 {"Type": "tmpfs", "Target": "/tmp"}],
      "NetworkMode": "front"},
    "NetworkingConfig": {"EndpointsConfig": {"front": {"Aliases": ["app"]}}}})"));
}

TEST_CASE("docker container spec: the hash changes with every setting and with nothing else", "[docker]") {
  const auto hash = [](const char* json) { return container_spec(parse(json))->hash; };
  const std::string plain = hash(R"({"name": "web", "image": "app:1", "env": {"A": "1"}})");
  CHECK(plain == hash(R"({"env": {"A": "1"}, "image": "app:1", "name": "other", "running": false})"));
  CHECK(plain != hash(R"({"name": "web", "image": "app:2", "env": {"A": "1"}})"));
  CHECK(plain != hash(R"({"name": "web", "image": "app:1", "env": {"A": "2"}})"));
  CHECK(plain != hash(R"({"name": "web", "image": "app:1", "env": {"A": "1"}, "networks": ["a"]})"));
}

TEST_CASE("docker container spec: a secret counts in the hash and is in the request, but is not shown", "[docker]") {
  Value args = parse(R"({"name": "web", "image": "app:1"})");
  args.set("env", Value::object({{"PASSWORD", Value::Secret{"hunter2", "PASSWORD"}}}));
  const auto spec = container_spec(args);
  REQUIRE(spec.ok());
  CHECK(to_json(spec->body).find("hunter2") == std::string::npos);
  CHECK(to_wire_json(spec->body).find("PASSWORD=hunter2") != std::string::npos);
  args.set("env", Value::object({{"PASSWORD", Value::Secret{"hunter3", "PASSWORD"}}}));
  CHECK(container_spec(args)->hash != spec->hash);
}

TEST_CASE("docker container spec: all problems are told at once", "[docker]") {
  const auto spec = container_spec(parse(R"({
    "name": "web", "image": "app:1", "ports": ["80:http", "99999:80"], "volumes": ["./here:/there", "x"],
    "restart": "sometimes", "healthcheck": {"tests": "x"}, "aliases": ["a"]})"));
  REQUIRE_FALSE(spec.ok());
  CHECK(spec.error().code == "argument.invalid");
  for (const char* part : {"'80:http' is no port", "'99999:80' is not between", "'./here' is neither", "'x' is no mount",
                           "restart: 'sometimes'", "did you mean 'test'?", "aliases: they need a network"}) {
    CHECK_THAT(spec.error().message, ContainsSubstring(part));
  }
}

TEST_CASE("docker container spec: mounted paths are known beforehand", "[docker]") {
  const auto mounts = bind_mounts(parse(R"({"volumes": ["data:/data", "/srv:/srv:ro", {"source": "/etc", "target": "/e"}]})"));
  REQUIRE(mounts.size() == 2);
  CHECK(mounts[0].source == "/srv");
  CHECK(mounts[0].readonly);
  CHECK(mounts[1].source == "/etc");
  CHECK_FALSE(mounts[1].readonly);
}

TEST_CASE("docker: what reaches the engine's disks by another way than a mount needs the path's permission", "[docker]") {
  TestWorld test;
  const auto paths = [&test](const Operation& operation, const char* json) {
    std::string found;
    for (const Access& access : operation.access(test.world(), parse(json))) {
      if (access.kind == "read" || access.kind == "write") found += access.kind + " " + access.target;
    }
    return found;
  };
  const char* bound = R"({"target": "unix:///x", "name": "v", "options": {"type": "none", "o": "bind", "device": "/dev/null"}})";
  CHECK(paths(kVolumeCreate, bound) == "write /dev/null");
  CHECK(paths(kVolumeEnsure, bound) == "write /dev/null");
  CHECK(paths(kVolumeCreate, R"({"target": "unix:///x", "name": "v", "options": {"type": "tmpfs", "device": "tmpfs"}})").empty());
  const char* privileged = R"({"target": "unix:///x", "name": "c", "image": "i", "privileged": true})";
  CHECK(paths(kContainerCreate, privileged) == "write /");
  CHECK(paths(kContainerEnsure, privileged) == "write /");
  CHECK(paths(kContainerExec, privileged) == "write /");
  for (const char* option : {R"("cap_add": ["SYS_ADMIN"])", R"("security_opt": ["seccomp=unconfined"])", R"("networks": ["host"])",
                             R"("networks": {"container:other": []})"}) {
    const std::string args = std::string(R"({"target": "unix:///x", "name": "c", "image": "i", )") + option + "}";
    CHECK(paths(kContainerCreate, args.c_str()) == "write /");
  }
  CHECK(paths(kContainerCreate, R"({"target": "unix:///x", "name": "c", "image": "i", "security_opt": ["no-new-privileges"]})").empty());
}

// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/swarm/service_spec.h"

#include "modules/docker/swarm/spec_compare.h"
#include "tests/support/catch.h"

using namespace runbook;
using namespace runbook::docker;

namespace {

Value parse(const char* json) {
  auto value = from_json(json);
  REQUIRE(value.ok());
  return std::move(*value);
}

std::string wire(const char* json) {
  auto spec = wanted_spec(Value::object({{"name", "web"}, {"spec", parse(json)}}));
  REQUIRE(spec.ok());
  return to_json(*spec);
}

std::string difference(const char* running, const char* wanted) { return spec_diff("web", parse(running), parse(wanted)); }

}  // namespace

TEST_CASE("docker service spec: what is empty has the kind that the API wants", "[docker]") {
  CHECK(wire(R"({"TaskTemplate": {"ContainerSpec": {"Privileges": [], "Args": {}, "Env": {}, "DNSConfig": {"Options": {}},
                 "Labels": []}, "Resources": {}, "Placement": {"Constraints": {}}, "LogDriver": {"Options": []}},
                 "Mode": {"Global": []}, "EndpointSpec": []})") ==
        R"({"EndpointSpec":{},"Mode":{"Global":{}},"Name":"web","TaskTemplate":{"ContainerSpec":{"Args":[],"DNSConfig":{"Options":[]},)"
        R"("Env":[],"Labels":{},"Privileges":{}},"LogDriver":{"Options":{}},"Placement":{"Constraints":[]},"Resources":{}}})");
}

TEST_CASE("docker service spec: what the engine fills in is no difference", "[docker]") {
  CHECK(difference(R"({"Name": "web", "Labels": {}, "Mode": {"Replicated": {"Replicas": 1}}, "EndpointSpec": {"Mode": "vip"},
                       "UpdateConfig": {"Parallelism": 1, "FailureAction": "pause", "MaxFailureRatio": 0, "Order": "stop-first"},
                       "TaskTemplate": {"ForceUpdate": 0, "Runtime": "container", "Resources": {"Limits": {}, "Reservations": {}},
                         "ContainerSpec": {"Image": "a", "Isolation": "default", "Privileges": {"CredentialSpec": null}}}})",
                   R"({"Name": "web", "Mode": {"Replicated": {}}, "UpdateConfig": {"Parallelism": 1.0},
                       "TaskTemplate": {"ContainerSpec": {"Image": "a", "Privileges": {}}}})") == "");
}

TEST_CASE("docker service spec: nothing and none are two things where the engine makes a difference", "[docker]") {
  const char* plain = R"({"TaskTemplate": {"ContainerSpec": {"Image": "a"}}})";
  for (const char* other : {R"({"Mode": {"Replicated": {"Replicas": 0}}, "TaskTemplate": {"ContainerSpec": {"Image": "a"}}})",
                            R"({"Mode": {"Global": {}}, "TaskTemplate": {"ContainerSpec": {"Image": "a"}}})",
                            R"({"TaskTemplate": {"ContainerSpec": {"Image": "a", "Init": false}}})",
                            R"({"TaskTemplate": {"ContainerSpec": {"Image": "a", "StopGracePeriod": 0}}})",
                            R"({"TaskTemplate": {"ContainerSpec": {"Image": "a"}, "RestartPolicy": {"Delay": 0}}})",
                            R"({"UpdateConfig": {"Parallelism": 0}, "TaskTemplate": {"ContainerSpec": {"Image": "a"}}})",
                            R"({"TaskTemplate": {"ContainerSpec": {"Image": "a", "Labels": {"a": ""}}}})"}) {
    INFO(other);
    CHECK_FALSE(difference(plain, other).empty());
    CHECK(difference(other, other).empty());
  }
}

TEST_CASE("docker service spec: a difference shows no secret, neither the new one nor the old one", "[docker]") {
  auto wanted = wanted_spec(Value::object({{"name", "web"}, {"image", "a"}, {"env", Value::object({{"KEY", Value::Secret{"new text", "KEY"}}})}}));
  REQUIRE(wanted.ok());
  const std::string diff = spec_diff("web", parse(R"({"Name": "web", "TaskTemplate": {"ContainerSpec": {"Image": "a", "Env": ["KEY=old text"]}}})"), *wanted);
  CHECK(diff.find("text") == std::string::npos);
  CHECK(diff.find("+TaskTemplate.ContainerSpec.Env.KEY = ***") != std::string::npos);
  CHECK(spec_diff("web", parse(R"({"Name": "web", "TaskTemplate": {"ContainerSpec": {"Image": "a", "Env": ["KEY=new text"]}}})"), *wanted).empty());
}

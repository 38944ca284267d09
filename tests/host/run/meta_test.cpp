// SPDX-License-Identifier: Apache-2.0
#include "host/run/meta.h"

#include "tests/support/catch.h"

using namespace runbook;

namespace {

const char* kMeta = R"(---@meta docker

---Containers and images over the Engine API.

---@class docker
local docker = {}

---An engine.
---@class docker.Engine
local Engine = {}

---@class docker.ServiceUpdate
---@field image? string        Image reference; keeps the current one if absent.
---@field replicas? integer    Desired task count (>= 0).
---@field labels? table<string, string>  Labels.
---@field mode 'global' | 'replicated'  How.
---@field [string] any

---Describes an engine.
---
---Errors: none. Permission: none. Waits: no. Since: 0.1.
---@param url? string  Where it is.
---@return docker.Engine engine  The engine.
function docker.connect(url) end

---Updates a Swarm service and waits until
---the update converges.
---
---Some detail
---on two lines.
---
---Errors: `docker.not_found`, `docker.conflict` (retryable:
---version index changed).
---Permission: `docker:<context>`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.43.
---
---```lua
---engine:service_update("web", { image = "example/web:9f1c" })
---```
---@param name string                     Service name or id.
---@param opts docker.ServiceUpdate
---@param on_line? fun(line: string, n: integer): boolean  # Called for each line.
---@return docker.Service service         State after convergence.
---@return boolean changed                False if the spec was already equal.
function Engine:service_update(name, opts, on_line) end

---@return string[]
function docker.Engine:names() end

---@param options table
function docker.param.string(options) end
)";

}  // namespace

TEST_CASE("meta: functions, methods, their parameters and what is said of them") {
  const Meta meta = parse_meta(kMeta);
  CHECK(meta.module == "docker");
  CHECK(meta.text == "Containers and images over the Engine API.");
  REQUIRE(meta.functions.size() == 4);
  const MetaFunction& connect = meta.functions[0];
  CHECK(connect.path() == "docker.connect");
  CHECK(connect.signature() == "docker.connect(url?)");
  CHECK(connect.errors == "none.");
  CHECK(connect.since == "0.1.");
  CHECK(connect.returns.at(0).type == "docker.Engine");
  CHECK(connect.returns.at(0).name == "engine");

  const MetaFunction* update = meta.find_function("docker.Engine", "service_update");
  REQUIRE(update);
  CHECK(update->path() == "docker.Engine:service_update");
  CHECK(update->signature() == "engine:service_update(name, opts, on_line?)");
  CHECK(update->summary == "Updates a Swarm service and waits until");
  CHECK(update->detail == "the update converges.\n\nSome detail\non two lines.");
  CHECK(update->errors == "`docker.not_found`, `docker.conflict` (retryable: version index changed).");
  CHECK(update->permission == "`docker:<context>`.");
  CHECK(update->waits == "yes.");
  CHECK(update->source == "Docker Engine API v1.43.");
  CHECK(update->example == "engine:service_update(\"web\", { image = \"example/web:9f1c\" })\n");
  CHECK(update->params.at(2).type == "fun(line: string, n: integer): boolean");
  CHECK(update->params.at(2).text == "Called for each line.");
  CHECK(update->returns.at(1).text == "False if the spec was already equal.");

  CHECK(meta.find_function("docker.Engine", "names"));
  CHECK(meta.find_function("", "param.string"));
}

TEST_CASE("meta: classes and their fields") {
  const Meta meta = parse_meta(kMeta);
  const MetaClass* update = meta.find_class("docker.ServiceUpdate");
  REQUIRE(update);
  REQUIRE(update->fields.size() == 5);
  CHECK(update->fields[0].name == "image");
  CHECK(update->fields[0].optional);
  CHECK(update->fields[2].type == "table<string, string>");
  CHECK(update->fields[2].text == "Labels.");
  CHECK(update->fields[3].type == "'global' | 'replicated'");
  CHECK_FALSE(update->fields[3].optional);
  CHECK(update->open);
  CHECK(meta.find_class("docker.Engine")->text == "An engine.");
}

TEST_CASE("meta: what is no declaration does no harm") {
  CHECK(parse_meta("").functions.empty());
  CHECK(parse_meta("---@class\n---@field\n---@param\n---@return\nfunction\nfunction x\n---@class (").functions.empty());
}

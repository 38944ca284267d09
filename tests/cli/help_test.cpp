// SPDX-License-Identifier: Apache-2.0
#include "host/cli/help.h"

#include "tests/support/catch.h"

using namespace runbook;
using namespace runbook::cli;

namespace {

std::vector<Meta> modules() {
  return {parse_meta(R"(---@meta docker

---Containers and images.

---@class docker.Engine

---@class docker.Create
---@field image string   Image reference.
---@field name? string   Its name.

---Describes an engine.
---@param url? string  Where it is.
---@return docker.Engine engine
function docker.connect(url) end

---Creates a container.
---
---Errors: `docker.conflict`.
---Since: 0.1.
---
---```lua
---engine:container_create { image = "app" }
---```
---@param options docker.Create  What to create.
---@return string id  Of the container.
function docker.Engine:container_create(options) end
)")};
}

}  // namespace

TEST_CASE("help: a function, by each of its names, with the keys of its options") {
  const Paint paint(false);
  const std::string expected =
      "engine:container_create(options)\n\nCreates a container.\n\nparameters:\n  options  docker.Create  What to create.\n\n"
      "options:\n  image  string  Image reference.\n  name?  string  Its name.\n\nreturns:\n  id  string  Of the container.\n\n"
      "errors:     `docker.conflict`.\nsince:      0.1.\n\nexample:\n  engine:container_create { image = \"app\" }\n";
  for (const char* topic : {"docker.container_create", "docker.Engine:container_create", "container_create", "engine:container_create"}) {
    auto text = show_topic(modules(), topic, paint);
    REQUIRE(text.ok());
    CHECK(*text == expected);
  }
}

TEST_CASE("help: a module and a class list their functions") {
  const Paint paint(false);
  CHECK_THAT(show_topic(modules(), "docker", paint).value(), ContainsSubstring("  docker.connect(url?)  Describes an engine.\n\ndocker.Engine\n  engine:container_create(options)  Creates"));
  CHECK_THAT(show_topic(modules(), "docker.Engine", paint).value(), ContainsSubstring("methods:\n  engine:container_create"));
  CHECK(show_modules(modules(), paint) == "  docker  Containers and images.\n");
}

TEST_CASE("help: an unknown topic brings the nearest name") {
  auto text = show_topic(modules(), "docker.conect", Paint(false));
  REQUIRE_FALSE(text.ok());
  CHECK(text.error().message == "no help for 'docker.conect', did you mean 'docker.connect'?");
}

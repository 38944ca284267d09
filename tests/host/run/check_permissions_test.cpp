// SPDX-License-Identifier: Apache-2.0
#include "host/run/check_permissions.h"

#include "host/core/text.h"
#include "host/run/check.h"
#include "tests/support/catch.h"

using namespace runbook;

namespace {

const char* kModules[] = {R"(---@meta docker
---@class docker.Engine
---Permission: none. Waits: no.
---@return docker.Engine
function docker.connect() end
---Permission: `docker`: `container.create:NAME`, `read` of each mounted path. Waits: yes.
---@param options table
function docker.Engine:container_create(options) end
)",
                          R"(---@meta db
---@class db.Sqlite
---Permission: none. Waits: no.
---@param path string
---@return db.Sqlite
function db.sqlite(path) end
---Permission: `db`: `query` on `sqlite:PATH`. Waits: yes.
---@param sql string
function db.Sqlite:query(sql) end
)",
                          R"(---@meta machine
---Permission: `read` with the path. Waits: yes.
---@param path string
function machine.read(path) end
---Permission: `run` with the program's path. Waits: yes.
---@param argv string[]
function machine.run(argv) end
---Permission: `run` with `process:NAME`. Waits: yes.
---@param name string
function machine.process_stop(name) end
)",
                          R"(---@meta http
---Permission: `net: scheme://host[:port]` of the URL and of each redirect. Waits: yes.
---@param url string|table
function http.get(url) end
)",
                          R"(---@meta runbook
---Permission: a name under `secrets`. Waits: no.
---@param name string
function rb.secret(name) end
---Permission: those of the service's functions. Waits: yes.
function rb.deploy() end
)"};

std::string check(const std::string& permissions, const std::string& body, const std::string& secrets = "[]") {
  static const std::vector<Meta> modules = [] {
    std::vector<Meta> all;
    for (const char* text : kModules) all.push_back(parse_meta(text));
    return all;
  }();
  const Value declared =
      *from_json(R"({"params": {}, "secrets": )" + secrets + R"(, "permissions": )" + permissions + "}");
  const auto declaration = read_declaration(declared, nullptr);
  REQUIRE(declaration.ok());
  CheckOptions options;
  options.modules = modules;
  options.declaration = &*declaration;
  std::string out;
  const std::string source =
      "local rb, docker, db = require 'runbook', require 'docker', require 'db'\nlocal machine, http = require "
      "'machine', require 'http'\n" +
      body;
  for (const Finding& finding : check_source(source, options)) out += cat(finding.line, ": ", finding.message, "\n");
  return out;
}

}  // namespace

TEST_CASE("check: a primitive of a kind that the runbook does not declare, with the line to add") {
  CHECK(check("{}", "docker.connect():container_create { name = 'x' }") ==
        "3: docker.Engine:container_create needs a permission of the kind 'docker', and the runbook declares none; "
        "add: permissions = { docker = { "
        "[\"TARGET\"] = { \"container.create\" } } }\n");
  CHECK_THAT(check("{}", "print(db.sqlite('x'):query('select 1'))"),
             ContainsSubstring("add: permissions = { db = { [\"sqlite:PATH\"] = { \"query\" } } }"));
  CHECK_THAT(check("{}", "machine.read '/etc/hosts'"),
             ContainsSubstring("add: permissions = { read = { \"/etc/hosts\" } }"));
  CHECK_THAT(check("{}", "machine.run { 'git', 'pull' }"),
             ContainsSubstring("add: permissions = { run = { \"git\" } }"));
  CHECK_THAT(check("{}", "machine.process_stop(x)"), ContainsSubstring("run = { \"process:NAME\" }"));
  CHECK_THAT(check("{}", "http.get 'https://example.org:81/a/b'"),
             ContainsSubstring("net = { \"https://example.org:81\" }"));
  CHECK_THAT(check("{}", "http.get { url = 'http://a' }"), ContainsSubstring("net = { \"http://a\" }"));
}

TEST_CASE("check: any permission of the kind is enough, and each kind is told once") {
  CHECK(check(R"({"docker": {"unix:///d": ["image.*"]}})", "docker.connect():container_create {}").empty());
  CHECK(check(R"({"write": ["/srv"]})", "machine.read '/etc/hosts'").empty());
  CHECK_FALSE(check(R"({"read": []})", "machine.read '/etc/hosts'").empty());
  const std::string twice = check("{}", "machine.read 'a'\nmachine.read 'b'\nmachine.run {}");
  CHECK_THAT(twice, ContainsSubstring("3: machine.read"));
  CHECK_THAT(twice, !ContainsSubstring("4:"));
  CHECK_THAT(twice, ContainsSubstring("5: machine.run"));
}

TEST_CASE("check: what needs no permission, or says only what others need, is left alone") {
  CHECK(check("{}", "docker.connect() rb.deploy()").empty());
  CHECK(check("{}", "local function f(engine) return engine:container_create {} end return f").empty());
}

TEST_CASE("check: a secret that the runbook does not declare") {
  CHECK(check("{}", "rb.secret 'TOKEM'", R"(["TOKEN"])") ==
        "3: runbook.secret needs a secret that the runbook does not declare, did you mean 'TOKEN'?; add: secrets = { "
        "\"TOKEM\" }\n");
  CHECK(check("{}", "rb.secret 'TOKEN'", R"(["TOKEN"])").empty());
  CHECK(check("{}", "rb.secret(name)", R"(["TOKEN"])").find("secrets = ") == std::string::npos);
  CHECK_THAT(check("{}", "local name = 'x' rb.secret(name)"), ContainsSubstring("secrets = { \"NAME\" }"));
}

// SPDX-License-Identifier: Apache-2.0
#include "host/run/check.h"

#include "host/core/text.h"
#include "tests/support/catch.h"

using namespace runbook;

namespace {

const char* kDocker = R"(---@meta docker

---@class docker.Engine

---@class docker.Create
---@field image string
---@field name? string
---@field limits? docker.Limits

---@class docker.Limits
---@field memory? number

---@class docker.Container
---@field id string

---Waits: no. Permission: none.
---@param url? string
---@return docker.Engine
function docker.connect(url) end

---Waits: yes.
---@param options docker.Create
---@return docker.Container
function docker.Engine:container_create(options) end

---Waits: no.
function docker.Engine:close() end

---Creates.
---Waits: yes.
---@return string
function docker.version() end
)";

const char* kRunbook = R"(---@meta runbook
---@class runbook
local rb = {}
---@class runbook.Step
---@field timeout? number
rb.null = nil
---@param options table
function rb.runbook(options) end
---@param title string
---@param ... any
function rb.step(title, ...) end
---@param options? table
function rb.param.string(options) end
)";

std::string check(std::string_view source, bool spec = false) {
  CheckOptions options;
  options.modules = {parse_meta(kDocker), parse_meta(kRunbook)};
  options.spec = spec;
  options.finds_file = [](const std::string& name) { return name == "site"; };
  std::string out;
  for (const Finding& finding : check_source(source, options)) out += cat(finding.line, ":", finding.column, ": ", finding.message, "\n");
  return out;
}

}  // namespace

TEST_CASE("check: a good runbook has nothing to find") {
  CHECK("" == check(R"(
local rb = require "runbook"
local docker = require "docker"
local site = require "site"
local count = 0
local function helper(n) count = count + n return helper(n - 1) end
return rb.runbook {
  params = { service = rb.param.string { help = "x" } },
  run = function(p)
    local engine <close> = docker.connect()
    local c = rb.step("create", function() return engine:container_create { image = "x", limits = { memory = 1 } } end)
    local again = engine:container_create { image = p.service }
    print(again.id, rb.null, string.format("%d", #site.hosts), math.pi, c)
    for i, host in ipairs(site) do helper(i) print(host) end
    repeat local done = true until done
    rb.step(engine.close, engine)
  end,
}
)"));
}

TEST_CASE("check: undeclared names, with the nearest one") {
  CHECK(check("local service = 1\nprint(servce)") == "2:7: undeclared variable 'servce', did you mean 'service'?\n");
  CHECK(check("count = 1") == "1:1: undeclared variable 'count'; variables are declared with 'local'\n");
  CHECK(check("docker.connect()") == "1:1: undeclared variable 'docker'; local docker = require \"docker\" is missing\n");
  CHECK(check("do local x = 1 end\nreturn x") == "2:8: undeclared variable 'x'\n");
  CHECK(check("local x = x") == "1:11: undeclared variable 'x'\n");
  CHECK(check("io.write('x')") == "1:1: 'io' is not available in a runbook\n");
  CHECK(check("return string.fromat('x'), os.exit()") ==
        "1:15: 'string.fromat' is not available in a runbook, did you mean 'string.format'?\n1:31: 'os.exit' is not available in a runbook\n");
  CHECK(check("describe('x', function() it('y', function() end) end)", true).empty());
  CHECK_FALSE(check("describe('x', function() end)").empty());
}

TEST_CASE("check: functions, methods and options that modules do not have") {
  CHECK(check("local d = require 'docker'\nlocal e = d.conect()") == "2:13: docker has no 'conect', did you mean 'connect'?\n");
  CHECK(check("local d = require 'docker'\nlocal e = d:connect()") == "2:13: docker.connect is a function of the module: call it with '.'\n");
  CHECK(check("local d = require 'docker'\nlocal e = d.connect()\ne:container_craete {}") ==
        "3:3: docker.Engine has no method 'container_craete', did you mean 'container_create'?\n");
  CHECK(check("local d = require 'docker'\nd.connect():container_create { imge = 'x' }") ==
        "2:30: docker.Engine:container_create: option 'image' is missing\n2:32: docker.Engine:container_create: unknown option 'imge', did you mean 'image'?\n");
  CHECK(check("local e = require('docker').connect()\ne:container_create { image = 'x', limits = { memry = 1 } }") ==
        "2:46: docker.Engine:container_create: unknown option 'memry', did you mean 'memory'?\n");
  CHECK(check("local e = require('docker').connect()\nlocal c = e:container_create { image = 'x' }\nreturn c.idd") ==
        "3:10: docker.Container has no 'idd', did you mean 'id'?\n");
  CHECK(check("local e = require('docker').connect(1, 2)") == "1:29: docker.connect takes at most 1 argument, got 2\n");
  CHECK(check("local rb = require 'runbook'\nlocal p = rb.param.strng {}") == "2:20: runbook has no 'param.strng', did you mean 'param.string'?\n");
  CHECK(check("local x = require 'dokcer'") ==
        "1:11: no module 'dokcer': neither built in nor beside the runbook nor in lib/, did you mean 'docker'?\n");
}

TEST_CASE("check: what is not evident is left alone") {
  CHECK(check("local d = require 'docker'\nlocal e = d.connect()\ne = {}\ne:anything()").empty());
  CHECK(check("local d = require 'docker'\nlocal e = d.connect()\nlocal function f(e) return e:anything() end\nreturn f").empty());
  CHECK(check("local e = require('docker').connect()\nlocal o = {}\ne:container_create(o)").empty());
}

TEST_CASE("check: a primitive called while a runbook is loaded") {
  const char* message = "docker.version reaches the world while the file is loaded; call it inside run = function(p) ... end\n";
  CHECK(check("local rb = require 'runbook'\nlocal v = require('docker').version()\nreturn rb.runbook { run = function() end }") ==
        std::string("2:29: ") + message);
  // A plain script has no other place for it.
  CHECK(check("local v = require('docker').version()").empty());
}

TEST_CASE("check: a syntax error is the only finding") { CHECK(check("local x = \nfoo bar") == "2:8: syntax error near <eof>\n"); }

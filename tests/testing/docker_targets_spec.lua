-- SPDX-License-Identifier: Apache-2.0
-- Engines over TCP and by context in a simulated world: by what the runbook writes, without a certificate or a store.
local docker = require "docker"
local machine = require "machine"

describe("simulated engines", function()
  it("are told apart by their targets as they are written", function()
    simulate { docker = {
      ["tcp://node1:2376"] = { images = { "app:1" } }, ["context://prod"] = { images = { "app:2" } },
      ["context://"] = { images = { "app:3" } },
      ["ssh://deploy@web1/run/user/1000/docker.sock"] = { images = { "app:4" } },
    } }
    local function image(...) return docker.connect(...):image_list()[1].tags[1] end
    assert.equal("app:1", image("tcp://node1:2376", { certs = "no/such/directory" }))
    assert.equal("app:2", image "context://prod")
    assert.equal("app:3", image "context://")
    assert.equal("app:4", image "ssh://deploy@web1/run/user/1000/docker.sock")
    assert.has_error(function() docker.connect("context://other"):image_list() end, "docker.connect")
  end)

  it("give containers that are machines, whatever the way to them", function()
    local app = { exec = function() return "inside" end }
    simulate { docker = { ["tcp://node1:2376"] = { images = { ["app:1"] = { command = { "/app" } } }, run = { ["app:*"] = app } } } }
    local engine = docker.connect("tcp://node1:2376", { certs = "certs" })
    engine:container_create { name = "web", image = "app:1" }
    engine:container_start "web"
    assert.equal("inside", engine:container_exec("web", { "anything" }).stdout)
    assert.is_not_nil(machine.container(engine, "web"))
  end)
end)

describe("docker.connect", function()
  it("refuses options that mean nothing", function()
    for _, case in ipairs {
      { "context://prod", { certs = "x" } }, { "unix:///run/x.sock", { tls = false } }, { "tcp://a:1", { cert = true } },
      { "tcp://a:1", { tls = false, certs = "x" } }, { "tcp://a:1", { verify = false } }, { "tcp://a:1", { key = "-----BEGIN KEY" } },
    } do
      assert.has_error(function() docker.connect(case[1], case[2]) end, "argument.invalid")
    end
    for _, target in ipairs { "npipe:////x", "tcp://", "context://a/b", "unix://x" } do
      assert.has_error(function() docker.connect(target) end, "docker.unsupported")
    end
  end)
end)

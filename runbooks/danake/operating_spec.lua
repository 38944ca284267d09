-- SPDX-License-Identifier: Apache-2.0
-- What is done while an exam is running, and after it.
local docker = require "docker"
local site = require "simulated_site"

describe("while an exam is running", function()
  local world
  before_each(function()
    world = site.world(simulate, { swarm = true })
    site.up_to(world, "editors")
  end)

  it("the state of everything is shown", function()
    local run = world:run("status.lua")
    assert.are.equal("done", run.state, run.error and run.error.message)
    assert.matches("2 services, 3 editors, 0 not running", run.printed)
  end)

  it("what does not run is an error", function()
    docker.connect():service_update { name = "editor-s-02", spec = require("editing").spec(
      { stack = "danake", registry = "registry:5000", release = "v9", endpoint_mode = "dnsrr" }, "s-02", "no-such-node") }
    world:advance "30s"
    local run = world:run("status.lua")
    assert.are.equal("danake.not_running", run.error.code)
    assert.matches("editor%-s%-02", run.error.message)
  end)

  it("the data is not removed", function()
    local before = world:state()
    assert.are.equal("danake.live", world:run("nuke.lua", { erase = "danake", nodes = "/confs/nodes.yaml" }).error.code)
    assert.are.same(before, world:state())
  end)

  it("nobody's editor is entered by a part of a number", function()
    local run = world:run("exec.lua", { confs = "/confs", nodes = "/confs/nodes.yaml", uid = "s-0", command = { "id" } })
    assert.are.equal("danake.unknown_uid", run.error.code)
  end)

  it("nobody is let in by a part of a number", function()
    local run = world:run("preauth.lua", { confs = "/confs", nodes = "/confs/nodes.yaml", uid = "s-0", action = "add" })
    assert.are.equal("danake.unknown_uid", run.error.code)
  end)

  it("everyone is let in only where that is said", function()
    local run = world:run("preauth.lua", { confs = "/confs", nodes = "/confs/nodes.yaml", action = "add" })
    assert.are.equal("danake.nobody", run.error.code)
  end)

  it("data goes by the name of the stack alone", function()
    world:run("stop.lua", { scope = "all" })
    assert.are.equal("danake.not_confirmed", world:run("nuke.lua", { erase = "exam", nodes = "/confs/nodes.yaml" }).error.code)
    local function volumes()
      local count = 0
      for _, volume in ipairs(docker.connect():volume_list()) do count = count + (volume.name:find "^editor%-" and 1 or 0) end
      return count
    end
    assert.is_true(volumes() > 0)
    local run = world:run("nuke.lua", { erase = "danake", nodes = "/confs/nodes.yaml" })
    assert.are.equal("done", run.state, run.error and run.error.message)
    assert.are.equal(0, volumes())
  end)
end)

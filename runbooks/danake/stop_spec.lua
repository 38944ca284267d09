-- SPDX-License-Identifier: Apache-2.0
local docker = require "docker"
local site = require "simulated_site"

describe("stopping", function()
  local world
  before_each(function()
    world = site.world(simulate)
    site.up_to(world, "editors")
  end)

  local function stop(scope) return world:run("stop.lua", { scope = scope }) end

  it("stops the editors and leaves the stack", function()
    local run = stop "editors"
    assert.are.equal("done", run.state, run.error and run.error.message)
    assert.matches("stopped 3 editors", run.printed)
    assert.are.equal(2, #docker.connect():service_list())
  end)

  it("does not remove the stack under editors", function()
    local before = world:state()
    assert.are.equal("danake.editors_running", stop("stack").error.code)
    assert.are.same(before, world:state())
  end)

  it("stops all of it, and leaves the configuration", function()
    local run = stop "all"
    assert.are.equal("done", run.state, run.error and run.error.message)
    local engine = docker.connect()
    assert.are.same({}, engine:service_list())
    assert.are.same({}, engine:network_list { labels = { ["com.docker.stack.namespace"] = "danake" } })
    assert.are.equal(6, #engine:secret_list())
  end)

  it("says that there is nothing the second time", function()
    stop "all"
    local run = stop "all"
    assert.are.equal(0, run.changed)
    assert.matches("stopped 0 editors\nthere was no stack 'danake'", run.printed)
  end)

  it("plans without stopping anything", function()
    local before = world:state()
    assert.are.equal("planned", world:plan("stop.lua", { scope = "all" }).state)
    assert.are.same(before, world:state())
  end)

  survives("all of it", {
    file = "stop.lua", params = { scope = "all" }, world = site.settled(simulate), undo = false,
    before = function(broken) site.up_to(broken, "editors") end,
    ignore = { "docker.containers.", "docker.networks.danake_editor_network.containers", "docker.volumes." },
  })
end)

describe("removing the configuration", function()
  it("waits until nothing uses it, and keeps the cookies", function()
    local world = site.world(simulate)
    site.up_to(world, "deploy")
    assert.are.equal("danake.live", world:run("config.lua", site.config { action = "remove" }).error.code)
    assert.are.equal(6, #docker.connect():secret_list())
    world:run("stop.lua", { scope = "all" })
    assert.are.equal("done", world:run("config.lua", site.config { action = "remove" }).state)
    assert.are.same({}, docker.connect():secret_list())
    assert.is_not_nil(require("machine").here():find "/confs/cookie2uid.map")
  end)
end)

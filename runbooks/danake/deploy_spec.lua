-- SPDX-License-Identifier: Apache-2.0
local docker = require "docker"
local site = require "simulated_site"

local function new_world() return site.world(simulate) end
local function failed(world, params) return world:run("deploy.lua", site.deploy(params)) end

describe("deploying the stack", function()
  it("starts the services and sees the site answer", function()
    local world = new_world()
    site.up_to(world, "config")
    local run = failed(world)
    assert.are.equal("done", run.state, run.error and run.error.message)
    assert.are.equal(2, #docker.connect():service_list())
  end)

  it("changes nothing the second time", function()
    local world = new_world()
    site.up_to(world, "deploy")
    assert.are.equal(0, failed(world).changed)
  end)

  it("refuses to begin without secrets, and names all that are missing", function()
    local world = new_world()
    local run = failed(world)
    assert.are.equal("danake.missing", run.error.code)
    for _, key in ipairs { "fullchain", "privkey", "dhparam", "auth_config", "mail_config", "cookie2uid", "uid2info" } do
      assert.contains("danake_" .. key, run.error.message)
    end
    assert.are.same({}, docker.connect():network_list { driver = "overlay" })
  end)

  it("refuses secrets of other files than today's", function()
    local world = new_world()
    site.up_to(world, "config")
    require("machine").here():write("/confs/mail-config.py", "SENDER = 'another'\n", { mode = "0600" })
    local run = failed(world)
    assert.matches("danake_mail_config", run.error.message)
    assert.is_nil(run.error.message:find("danake_auth_config", 1, true))
  end)

  it("refuses a variable without a value", function()
    local world = site.world(simulate, { files = { ["/confs/danake.yml"] = { content = site.STACK:gsub("DANAKE_HTTP_PORT",
      "DANAKE_PORT") } } })
    site.up_to(world, "config")
    local run = failed(world)
    assert.contains("DANAKE_PORT", run.error.message)
    assert.are.same({}, docker.connect():service_list())
  end)

  it("leaves nothing behind when the first one fails", function()
    local world = new_world()
    site.up_to(world, "config")
    local before = world:state().docker
    local run = failed(world, { release = "v9", resolve_image = "never", wait = "20s" })
    assert.are.equal("failed", run.state)
    assert.are.equal("undone", run.error.context.undo)
    assert.are.same(before, world:state().docker)
  end)

  survives("deploying the stack", {
    file = "deploy.lua", params = site.deploy(), world = site.settled(simulate), before = function(world) site.up_to(world, "config") end,
    ignore = { "docker.containers.", "docker.networks.danake_editor_network.containers" }, -- named by ids of tasks
  })
end)

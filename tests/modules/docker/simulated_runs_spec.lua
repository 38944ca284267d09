-- SPDX-License-Identifier: Apache-2.0
-- Runbooks on a simulated engine: what a second run, a plan, an undo and a killed run come to.
local docker = require "docker"
local http = require "http"

local function new_world(more)
  local options = {
    images = {
      ["app:1"] = { command = { "/app" }, healthcheck = { interval = "1s" } },
      ["app:2"] = { command = { "/app" }, healthcheck = { interval = "1s" } },
      ["app:sick"] = { command = { "/app" }, healthcheck = { interval = "1s" } },
      ["front:1"] = { command = { "/front" }, ports = { 80 } },
    },
    run = {
      ["app:*"] = {
        healthy_after = "2s",
        http = { [80] = function(request, container) return container.image .. " at " .. request.path end },
      },
      ["app:sick"] = { healthy_after = false },
      ["front:*"] = { http = { [80] = function(request, container)
        return container:call("pair-service", 80, request) or { status = 502 }
      end } },
    },
  }
  for key, value in pairs(more or {}) do options[key] = value end
  return simulate { docker = options }
end

describe("a runbook on a simulated engine", function()
  it("changes nothing when it is run again", function()
    local world = new_world()
    local first = world:run "runs/pair.lua"
    assert.are.equal("done", first.state)
    assert.are.equal(4, first.changed)
    assert.are.equal("app:1 at /x", http.get("http://127.0.0.1:8080/x").body)
    local again = world:run "runs/pair.lua"
    assert.are.equal("done", again.state)
    assert.are.equal(0, again.changed)
  end)

  it("is planned without touching the engine", function()
    local world = new_world()
    local before = world:state().docker
    local plan = world:plan "runs/pair.lua"
    assert.are.equal("planned", plan.state)
    assert.are.equal(4, plan.planned)
    assert.are.same(before, world:state().docker)
    world:run "runs/pair.lua"
    assert.are.equal(0, world:plan("runs/pair.lua").planned)
  end)

  it("ends where it would have ended, wherever it was killed", function()
    local world = new_world()
    local changes = #world:run("runs/pair.lua").effects
    local wanted = world:state().docker
    for change = 1, changes do
      for _, kind in ipairs { "stop", "stop_before" } do
        world = new_world()
        assert.are.equal("killed", world:run("runs/pair.lua", {}, { fault = { kind = kind, change = change } }).state)
        assert.are.equal("done", world:resume().state, kind .. " " .. change)
        assert.are.same(wanted, world:state().docker, kind .. " " .. change)
      end
    end
  end)

  it("is undone to where it began", function()
    local world = new_world()
    local before = world:state().docker
    world:run "runs/pair.lua"
    assert.are.equal("undone", world:undo().state)
    assert.are.same(before, world:state().docker)
  end)

  it("fails in virtual time where a container never turns healthy", function()
    local world = new_world()
    local began = world:now()
    local report = world:run("runs/pair.lua", { release = "sick" })
    assert.are.equal("failed", report.state)
    assert.are.equal("docker.unhealthy", report.error.code)
    assert.is_true(world:now() - began >= 3)
  end)

  it("replaces a container by that of another release", function()
    local world = new_world()
    world:run "runs/pair.lua"
    assert.are.equal(1, world:run("runs/pair.lua", { release = "2" }).changed)
    assert.are.equal("app:2 at /", http.get("http://127.0.0.1:8080/").body)
  end)
end)

describe("a simulated engine", function()
  it("is out of reach while it is down", function()
    local world = new_world { down = true }
    assert.has.error(function() docker.connect():version() end, "docker.connect")
    world.docker.down = false
    assert.are.equal("20.10.24", docker.connect():version().version)
  end)

  it("says what there is and what was asked of it", function()
    local world = new_world()
    world:run "runs/pair.lua"
    local names = {}
    for _, container in ipairs(world.docker.containers()) do names[#names + 1] = container.name .. " " .. container.state end
    assert.are.same({ "pair-front running", "pair-service running" }, names)
    assert.are.equal(4, #world.docker.images())
    assert.are.same({ "pair-front", "pair-service" }, world.docker.networks()[1].containers)
    assert.are.equal("pair-data", world.docker.volumes()[1].name)
    assert.are.same({ method = "GET", path = "/_ping" }, world.docker.requests[1])
  end)

  it("starts again what crashes, as its policy says", function()
    local world = new_world()
    world:run "runs/pair.lua"
    world.docker.container("pair-service"):exit(1)
    assert.are.equal("restarting", world.docker.containers()[2].state)
    assert.are.equal(502, http.fetch("http://127.0.0.1:8080/").status)
    world:advance "1s"
    assert.are.equal("running", world.docker.containers()[2].state)
    world.docker.container("pair-front"):exit(1)
    assert.has.error(function() http.fetch("http://127.0.0.1:8080/") end, "http.connect")
  end)

  it("is one of several", function()
    local world = simulate { docker = { ["unix:///run/one.sock"] = { images = { "a:1" } }, ["unix:///run/two.sock"] = {} } }
    assert.is_not_nil(docker.connect("unix:///run/one.sock"):image_find "a:1")
    assert.is_nil(docker.connect("unix:///run/two.sock"):image_find "a:1")
    assert.are.equal(1, #world.docker.engines["unix:///run/one.sock"].images())
    assert.is_not_nil(world:state().docker["unix:///run/two.sock"])
  end)

  it("builds on images of a registry", function()
    simulate {
      docker = { registry = { ["base:1"] = { env = { FROM_BASE = "yes" } } } },
      machine = { files = { ["/srv/app/Dockerfile"] = "FROM base:1\nCMD /app\n" } },
    }
    local image = docker.connect():image_build { tag = "app:1", context = "/srv/app" }
    assert.are.equal("FROM_BASE=yes", image.raw.Config.Env[2])
  end)

  it("refuses options that it does not have", function()
    assert.has.error(function() simulate { docker = { image = {} } } end, "argument.invalid")
    assert.has.error(function() simulate { docker = { images = { ["a:1"] = { cmd = {} } } } } end, "argument.invalid")
  end)
end)

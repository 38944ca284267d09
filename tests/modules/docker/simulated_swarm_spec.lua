-- SPDX-License-Identifier: Apache-2.0
-- Runbooks on a simulated swarm: what a second run, a plan, an undo and a killed run come to.
local docker = require "docker"
local json = require "json"

local function new_world()
  return simulate { docker = {
    images = { ["app:1"] = { command = { "/app" } }, ["app:2"] = { command = { "/app" } }, ["app:sick"] = { command = { "/app" } } },
    run = { ["app:sick"] = { exits = { code = 7, after = "200ms" }, logs = "no disk\n" } },
    swarm = { nodes = { "worker1", "worker2" } },
  } }
end

describe("a runbook in a simulated swarm", function()
  it("changes nothing when it is run again", function()
    local world = new_world()
    local first = world:run "runs/exam.lua"
    assert.are.equal("done", first.state)
    assert.are.equal(5, first.changed)
    local service = world.docker.services()[1]
    assert.are.equal("running", service.tasks[1].state)
    assert.are.equal("worker1", docker.connect():task_list({ service = "exam-web" })[1].node)
    local again = world:run "runs/exam.lua"
    assert.are.equal("done", again.state)
    assert.are.equal(0, again.changed)
  end)

  it("gives its tasks their secrets", function()
    local world = new_world()
    world:run "runs/exam.lua"
    local container = world.docker.containers()[1]
    assert.are.equal("private key 1", world.docker.container(container.name):read "/run/secrets/tls")
    assert.are.equal("config 1", world.docker.container(container.name):read "/etc/app.conf")
  end)

  it("is planned without touching the swarm", function()
    local world = new_world()
    local before = world:state().docker
    local plan = world:plan "runs/exam.lua"
    assert.are.equal("planned", plan.state)
    assert.are.equal(5, plan.planned)
    assert.are.same(before, world:state().docker)
    world:run "runs/exam.lua"
    assert.are.equal(0, world:plan("runs/exam.lua").planned)
  end)

  it("keeps the text of a secret nowhere", function()
    local world = new_world()
    local report = world:run "runs/exam.lua"
    assert.is_nil(json.encode(report.effects):find("private key", 1, true))
    assert.is_nil(json.encode(report.events):find("private key", 1, true))
    assert.is_nil(json.encode(world:plan("runs/exam.lua", { release = "2" }).plan):find("private key", 1, true))
  end)

  it("ends where it would have ended, wherever it was killed", function()
    local world = new_world()
    local changes = #world:run("runs/exam.lua", { replicas = 2 }).effects
    local wanted = world:state().docker
    for change = 1, changes do
      for _, kind in ipairs { "stop", "stop_before" } do
        world = new_world()
        assert.are.equal("killed", world:run("runs/exam.lua", { replicas = 2 }, { fault = { kind = kind, change = change } }).state)
        assert.are.equal("done", world:resume().state, kind .. " " .. change)
        assert.are.same(wanted.swarm, world:state().docker.swarm, kind .. " " .. change)
      end
    end
  end)

  it("is undone to where it began, also where there was a former release", function()
    local world = new_world()
    local before = world:state().docker
    world:run("runs/exam.lua", { replicas = 3 })
    assert.are.equal("undone", world:undo().state)
    assert.are.same(before, world:state().docker)
    world:run "runs/exam.lua"
    before = world:state().docker
    world:run("runs/exam.lua", { release = "2", replicas = 2 })
    assert.are.equal(2, world.docker.services()[1].spec.Mode.Replicated.Replicas)
    assert.are.equal("undone", world:undo().state)
    assert.are.same(before.swarm, world:state().docker.swarm)
  end)

  it("fails where the swarm goes back to the former release", function()
    local world = new_world()
    world:run "runs/exam.lua"
    local report = world:run("runs/exam.lua", { release = "sick" })
    assert.are.equal("failed", report.state)
    assert.are.equal("docker.rollback", report.error.code)
    assert.matches("non%-zero exit %(7%)", report.error.message)
    assert.are.equal("no disk", report.error.context.log)
    assert.are.equal("app:1", world.docker.services()[1].image)
  end)
end)

describe("a simulated swarm", function()
  it("has nodes, tasks and secrets to look at", function()
    local world = new_world()
    local names = {}
    for _, node in ipairs(world.docker.nodes()) do names[#names + 1] = node.name .. " " .. node.role end
    assert.are.same({ "simulated manager", "worker1 worker", "worker2 worker" }, names)
    docker.connect():secret_create { name = "key", data = "text" }
    assert.are.same({ { name = "key", labels = {}, data = "text" } }, world.docker.secrets())
  end)

  it("is joined by another engine, and left", function()
    local world = simulate { docker = { ["unix:///run/one.sock"] = { swarm = true }, ["unix:///run/two.sock"] = {} } }
    local one, two = docker.connect "unix:///run/one.sock", docker.connect "unix:///run/two.sock"
    two:swarm_join { remote_addrs = { "127.0.0.1:2377" }, token = one:swarm_tokens().worker }
    assert.are.equal(2, #one:node_list())
    assert.is_false(two:swarm_get().manager)
    assert.is_true(two:swarm_leave().changed)
    local node = one:node_list({ role = "worker" })[1]
    assert.are.equal("down", node.state)
    assert.is_true(one:node_remove(node.id).changed)
    assert.are.equal(1, #world.docker.engines["unix:///run/one.sock"].nodes())
  end)
end)

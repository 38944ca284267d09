-- SPDX-License-Identifier: Apache-2.0
local docker = require "docker"
local machine = require "machine"
local site = require "simulated_site"

local function new_world(more) return site.world(simulate, more) end

local function nodes_by_editor()
  local out = {}
  for _, service in ipairs(docker.connect():service_list { labels = { ["danake.role"] = "editor" } }) do
    out[service.name] = service.labels["danake.host"]
  end
  return out
end

describe("the students' editors", function()
  it("are one for each, spread over the nodes, and answer to their cookies", function()
    local world = new_world()
    site.up_to(world, "deploy")
    local run = world:run("editors.lua", site.editors())
    assert.are.equal("done", run.state, run.error and run.error.message)
    local nodes, seen = nodes_by_editor(), {}
    for _, node in pairs(nodes) do seen[node] = (seen[node] or 0) + 1 end
    assert.is_not_nil(nodes["editor-s-01"])
    for _, count in pairs(seen) do assert.are.equal(1, count) end
    for _, task in ipairs(docker.connect():task_list()) do
      if nodes[task.service] then assert.are.equal(nodes[task.service], task.node) end
    end
  end)

  it("are left alone the second time", function()
    local world = new_world()
    site.up_to(world, "editors")
    local before = world:state()
    assert.are.equal(0, world:run("editors.lua", site.editors()).changed)
    assert.are.same(before, world:state())
  end)

  it("are one more for one student more, and the others stay where they are", function()
    local world = new_world()
    site.up_to(world, "editors")
    local before = nodes_by_editor()
    machine.here():write("/confs/uid2info.tsv", "s-00\tZoe\n" .. site.STUDENTS)
    local rotated = world:run("config.lua", site.rotate())
    assert.are.equal("done", rotated.state, rotated.error and rotated.error.message)
    local run = world:run("editors.lua", site.editors())
    assert.are.equal("done", run.state, run.error and run.error.message)
    assert.are.equal(1, run.changed)
    local after = nodes_by_editor()
    assert.is_not_nil(after["editor-s-00"])
    after["editor-s-00"] = nil
    assert.are.same(before, after)
  end)

  it("do not begin on a node that is drained, and do not leave it", function()
    local world = new_world()
    site.up_to(world, "editors")
    local engine = docker.connect()
    local where = nodes_by_editor()["editor-s-01"]
    engine:node_update(where, { availability = "drain" })
    machine.here():write("/confs/uid2info.tsv", site.STUDENTS .. "s-04\tFrances\ns-05\tGrace\n")
    local run = world:run("editors.lua", site.editors { prove = false })
    assert.are.equal("done", run.state, run.error and run.error.message)
    assert.contains("the editor of 's-01' stays on '" .. where .. "'", run.printed)
    assert.are_not.equal(where, nodes_by_editor()["editor-s-04"])
    assert.are_not.equal(where, nodes_by_editor()["editor-s-05"])
  end)

  it("need a node that takes them", function()
    local world = new_world()
    site.up_to(world, "deploy")
    for _, node in ipairs(docker.connect():node_list()) do docker.connect():node_update(node.name, { availability = "pause" }) end
    assert.are.equal("danake.no_nodes", world:run("editors.lua", site.editors()).error.code)
    assert.are.same({}, nodes_by_editor())
  end)

  it("need the stack", function()
    local world = new_world()
    site.up_to(world, "config")
    assert.are.equal("danake.no_stack", world:run("editors.lua", site.editors()).error.code)
  end)

  it("fail with what the engine says where one does not run", function()
    local world = new_world()
    site.up_to(world, "deploy")
    local run = world:run("editors.lua", site.editors { release = "v9", wait = "20s" })
    assert.are.equal("failed", run.state)
    assert.contains("editor-s-01", run.error.message)
  end)

  it("of students who are no longer in the list are named", function()
    local world = new_world()
    site.up_to(world, "editors")
    machine.here():write("/confs/uid2info.tsv", "s-01\tAda\n")
    assert.contains("'s-02' has an editor and is not in the list", world:run("editors.lua", site.editors()).printed)
  end)

  survives("starting editors", {
    file = "editors.lua", params = site.editors(), world = site.settled(simulate), before = function(world) site.up_to(world, "deploy") end,
    -- Containers are named by ids of tasks; and what a student wrote outlives the editor.
    ignore = { "docker.containers.", "docker.networks.danake_editor_network.containers", "docker.volumes.editor-" },
  })
end)

-- SPDX-License-Identifier: Apache-2.0
local docker = require "docker"

local NODES = [[
hosts:
  m1: { address: root@m1, vars: { role: manager, addr: 10.0.0.1 } }
  w1: { address: root@w1, vars: { addr: 10.0.0.2 } }
  w2: { address: root@w2, vars: { addr: 10.0.0.3 } }
]]

describe("making a swarm", function()
  local world

  local function new_world(nodes)
    return simulate {
      machine = { files = { ["/site/nodes.yaml"] = nodes or NODES } },
      docker = { ["ssh://root@m1"] = {}, ["ssh://root@w1"] = {}, ["ssh://root@w2"] = {} },
    }
  end

  local function run(params)
    local all = { nodes = "/site/nodes.yaml" }
    for key, value in pairs(params or {}) do all[key] = value end
    return world:run("swarm.lua", all)
  end

  local function in_swarm(name) return docker.connect("ssh://root@" .. name):swarm_get() ~= nil end

  it("begins on the manager, and the others join", function()
    world = new_world()
    local made = run()
    assert.are.equal("done", made.state, made.error and made.error.message)
    local names = {}
    for _, node in ipairs(docker.connect("ssh://root@m1"):node_list()) do names[#names + 1] = node.name .. " " .. node.role end
    table.sort(names)
    assert.are.same({ "m1 manager", "w1 worker", "w2 worker" }, names)
    assert.are.equal(0, run().changed)
  end)

  it("refuses machines of one name, or of another name than they are given", function()
    world = new_world((NODES:gsub("w2:", "w3:")))
    assert.are.equal("danake.hostnames", run().error.code)
    assert.is_false(in_swarm "m1")
  end)

  it("refuses a machine that is in another swarm", function()
    world = new_world()
    docker.connect("ssh://root@w2"):swarm_init { advertise_addr = "10.0.0.3" }
    local refused = run()
    assert.are.equal("danake.other_swarm", refused.error.code)
    assert.matches("w2", refused.error.message)
    assert.is_false(in_swarm "m1")
  end)

  it("refuses another number of managers than was said, and addresses that are none", function()
    world = new_world((NODES:gsub("w1: { address: root@w1, vars: {", "%0 role: manager,"):gsub("addr: 10.0.0.3 }", "addr: here }")))
    local refused = run()
    assert.are.equal("danake.nodes", refused.error.code)
    assert.matches("2 managers are named, not 1", refused.error.message)
    assert.matches("w2: addr is no IP address", refused.error.message)
  end)

  it("is taken back by undo", function()
    world = new_world()
    run()
    assert.are.equal("undone", world:undo().state)
    for _, name in ipairs { "m1", "w1", "w2" } do assert.is_false(in_swarm(name)) end
  end)

  survives("of three machines", {
    file = "swarm.lua", params = { nodes = "/site/nodes.yaml" }, world = function() return new_world() end,
  })
end)

-- SPDX-License-Identifier: Apache-2.0
-- Runs over the hosts of an inventory: what they end with, and how they go on.
local machine = require "machine"

local HOSTS = "hosts: [a, b, c, d]\ngroups: { front: { hosts: [a, b] }, back: { hosts: [c, d] } }\n"

local function world_with(broken)
  local files = { ["/srv/hosts.yaml"] = HOSTS, ["/srv/other.yaml"] = "hosts: [x]" }
  for _, name in ipairs(broken or {}) do files["/srv/broken-" .. name] = "" end
  return simulate { machine = { files = files } }
end

local function event(report, kind)
  for _, found in ipairs(report.events) do
    if found.event == kind then return found end
  end
end

local function begun(report)
  local names = {}
  for _, found in ipairs(report.events) do
    if found.event == "host.end" and not found.earlier then names[#names + 1] = found.host end
  end
  table.sort(names)
  return table.concat(names, " ")
end

describe("a run over hosts", function()
  it("ends with 0, and says of each host whether it was changed", function()
    local world = world_with()
    machine.here():write("/srv/a", "new")
    machine.here():write("/srv/a.done", "new")
    local report = world:run("fleet.lua")
    assert.are.equal(0, report.exit)
    local sum = event(report, "rollout.end")
    assert.are.same({ 4, 1, 3, 0 }, { sum.total, sum.ok, sum.changed, sum.failed })
    assert.are.equal("ok", sum.hosts[1].state)
  end)

  it("ends with 4 when some hosts failed, and with 1 when all did", function()
    assert.are.equal(4, world_with({ "b", "d" }):run("fleet.lua").exit)
    assert.are.equal(1, world_with({ "a", "b", "c", "d" }):run("fleet.lua").exit)
  end)

  it("has the host in the paths of its steps", function()
    local report = world_with():run("fleet.lua", { where = "front" })
    table.sort(report.steps)
    assert.are.same({ "update[a]", "update[a]/write", "update[b]", "update[b]/write" }, report.steps)
  end)

  it("is only of the hosts of --limit", function()
    local report = world_with():run("fleet.lua", { where = "front" }, { hosts = { "b,c" } })
    assert.are.equal("b", begun(report))
  end)

  it("ends with 2 where no host is left, or a name is none", function()
    local world = world_with()
    assert.are.equal(2, world:run("fleet.lua", { where = "front" }, { hosts = { "back" } }).exit)
    assert.are.equal(2, world:run("fleet.lua", { where = "fornt" }).exit)
    assert.are.equal(2, world:run("fleet.lua", {}, { hosts = { "x" } }).exit)
  end)

  it("takes the inventory that it is told to, which needs no permission", function()
    assert.are.equal("x", begun(world_with():run("fleet.lua", {}, { inventory = "/srv/other.yaml" })))
  end)

  it("shows in a dry run what each host would get, to the last", function()
    local world = world_with { "b" }
    local report = world:plan("fleet.lua")
    local sum = event(report, "rollout.end")
    assert.are.same({ 3, 1, 4 }, { sum.changed, sum.failed, report.exit })
    assert.is_nil(machine.here():find "/srv/a")
  end)
end)

describe("a run over hosts that is resumed", function()
  it("takes up only the hosts that are not done", function()
    local world = world_with { "b" }
    world:run("fleet.lua")
    machine.here():remove "/srv/broken-b"
    local again = world:resume()
    assert.are.equal("done", again.state)
    assert.are.equal("b", begun(again))
    assert.are.equal(3, event(again, "rollout.end").earlier)
  end)

  it("takes up those that were not begun", function()
    local world = world_with { "a" }
    local report = world:run("fleet.lua", { canary = 1 })
    assert.are.equal(1, report.exit)
    assert.are.equal(3, event(report, "rollout.end").skipped)
    machine.here():remove "/srv/broken-a"
    assert.are.equal("a b c d", begun(world:resume()))
  end)

  it("keeps to the hosts and the inventory that it began with", function()
    local world = world_with { "b" }
    world:run("fleet.lua", {}, { hosts = { "a", "b" }, inventory = "/srv/hosts.yaml" })
    machine.here():remove "/srv/broken-b"
    world:resume()
    assert.is_nil(machine.here():find "/srv/c")
  end)
end)

describe("a run over hosts that is undone", function()
  it("puts back what it changed on every host, also on those that failed", function()
    local world = world_with { "b" }
    machine.here():write("/srv/c", "old")
    world:run("fleet.lua")
    local report = world:undo()
    assert.are.equal("undone", report.state)
    assert.are.equal("old", machine.here():read "/srv/c")
    for _, name in ipairs { "a", "a.done", "b", "d" } do assert.is_nil(machine.here():find("/srv/" .. name)) end
  end)
end)

survives("an update of four hosts", {
  file = "fleet.lua",
  world = function() return world_with() end,
})

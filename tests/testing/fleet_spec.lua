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

-- Hosts for fleet_ways.lua.
local function fails(code) return { vars = { way = "fails", code = code } } end

describe("hosts of a run", function()
  local GUESSES = { vars = { way = "guesses" } }

  it("fail a dry run also where the plan of another one ends", function()
    local world = world_with()
    local report = world:plan("fleet_ways.lua", { hosts = { a = GUESSES, b = fails "x.bad", c = {} } })
    assert.are.same({ 4, "rollout.partial" }, { report.exit, report.error and report.error.code })
    assert.are.equal(0, world:plan("fleet_ways.lua", { hosts = { a = GUESSES, c = {} } }).exit)
  end)

  it("stop the run with the error that is not theirs, as it is", function()
    for code, exit in pairs { ["plan.mismatch"] = 7, ["confirm.missing"] = 7, ["limit.blast_radius"] = 12 } do
      local report = world_with():run("fleet_ways.lua", { hosts = { a = {}, b = fails(code), c = {} } })
      assert.are.same({ exit, code }, { report.exit, report.error.code })
      local sum = event(report, "rollout.end")
      assert.are.same({ 1, 1, 1 }, { sum.changed, sum.failed, sum.skipped })
      assert.are.equal("the run must not go on (" .. code .. ")", sum.why)
    end
  end)

  it("have failed where they say that they were cancelled", function()
    local report = world_with():run("fleet_ways.lua", { hosts = { a = fails "cancelled", b = {} } })
    assert.are.same({ 4, "1 of 2 hosts failed" }, { report.exit, report.error and report.error.message })
  end)

  it("that miss different permissions are all told of", function()
    local two = { a = fails "permission.denied", b = fails "permission.denied" }
    local report = world_with():run("fleet_ways.lua", { hosts = two })
    assert.are.same({ 5, "2 of 2 hosts failed" }, { report.exit, report.error.message })
  end)

  it("that were changed are not denied by what comes after them", function()
    local world = world_with()
    assert.are.equal(1, world:run("fleet_ways.lua", { hosts = { a = {} }, after = "nobody" }).exit)
    -- Nothing was changed this time.
    assert.are.equal(2, world:run("fleet_ways.lua", { hosts = { a = {} }, after = "nobody" }).exit)
  end)
end)

describe("what stands between two batches", function()
  local function planned(between)
    local world = world_with()
    local before = world:now()
    local report = world:plan("fleet_ways.lua", { hosts = { a = {}, b = {}, c = {} }, options = { batches = { 1 }, between = between } })
    return report, event(report, "rollout.end"), world:now() - before
  end

  it("is not waited for in a dry run", function()
    local report, sum, took = planned "wait"
    assert.are.same({ "planned", 3 }, { report.state, sum.changed })
    assert.is_true(took < 10, took)
  end)

  it("is planned for what it changes, and fails no plan over what has not been changed", function()
    local report, sum = planned "look"
    assert.are.same({ 0, 3, 5 }, { report.exit, sum.changed, report.planned })
    assert.are.equal("between batches 1 and 2: it does not answer", event(report, "log").message)
  end)

  it("keeps no plan from coming to all hosts, where what it gives is not known", function()
    local report, sum = planned "guess"
    assert.are.same({ 0, 3 }, { report.exit, sum.changed })
    assert.is_not_nil(event(report, "plan.end"))
  end)
end)

describe("a run over hosts that is resumed", function()
  it("is not done while hosts are left out that are not", function()
    local world = world_with { "b", "c", "d" }
    world:run("fleet.lua", {}, { hosts = { "!d" } })
    for _, name in ipairs { "b", "c", "d" } do machine.here():remove("/srv/broken-" .. name) end
    local report = world:resume(nil, { hosts = { "b" } })
    assert.are.same({ 4, "rollout.partial" }, { report.exit, report.error and report.error.code })
    assert.are.equal("1 host left out that is not done: c", report.error.message)
    assert.are.equal("b", begun(report))
    -- As it began: without d.
    report = world:resume()
    assert.are.equal("done", report.state)
    assert.are.equal("c", begun(report))
  end)

  it("is not done while hosts are left out that were never begun", function()
    local world = world_with { "a" }
    world:run("fleet.lua", { canary = 1 })
    machine.here():remove "/srv/broken-a"
    local report = world:resume(nil, { hosts = { "a" } })
    assert.are.equal("3 hosts left out that are not done: b, c, d", report.error and report.error.message)
    assert.are.equal("done", world:resume().state)
  end)

  it("is not done while a host that failed is gone, unless a person takes it as done", function()
    local world = world_with { "b" }
    world:run("fleet.lua")
    machine.here():write("/srv/hosts.yaml", "hosts: [a, c, d]\ngroups: { front: { hosts: [a] }, back: { hosts: [c, d] } }\n")
    local report = world:resume()
    assert.are.equal("1 host left out that is not done: b", report.error and report.error.message)
    assert.matches("--accept 'update%[HOST%]'", report.error.hint)
    assert.are.equal("done", world:resume(nil, { accept = { "update[b]" } }).state)
  end)

  it("is done with the hosts of --limit where the others are done", function()
    local world = world_with { "b" }
    world:run("fleet.lua")
    machine.here():remove "/srv/broken-b"
    assert.are.equal("done", world:resume(nil, { hosts = { "b" } }).state)
  end)

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
    assert.are.equal("done", world:resume().state)
    assert.is_not_nil(machine.here():find "/srv/b.done")
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

-- SPDX-License-Identifier: Apache-2.0
local placement = require "placement"

local function students(...)
  local out = {}
  for index, uid in ipairs { ... } do out[index] = { uid = uid } end
  return out
end

describe("placing editors", function()
  it("takes nodes that are ready and active", function()
    local nodes = {
      { name = "n2", role = "worker", state = "ready", availability = "active" },
        { name = "n1", role = "manager", state = "ready", availability = "active" },
      { name = "n3", role = "worker", state = "down", availability = "active" },
        { name = "n4", role = "worker", state = "ready", availability = "drain" },
    }
    assert.are.same({ "n1", "n2" }, placement.eligible(nodes))
    assert.are.same({ "n2" }, placement.eligible(nodes, { workers_only = true }))
  end)

  it("spreads them evenly, in the order of the list", function()
    local plan = placement.plan(students("a", "b", "c", "d"), {}, { "n1", "n2", "n3" })
    assert.are.same({ a = "n1", b = "n2", c = "n3", d = "n1" }, plan.node)
    assert.are.same({ "a", "b", "c", "d" }, plan.new)
  end)

  it("leaves an editor where the student's files are", function()
    local plan = placement.plan(students("a", "b", "c"), { b = "n1", x = "n1" }, { "n1", "n2" })
    assert.are.same({ a = "n2", b = "n1", c = "n2" }, plan.node)
    assert.are.same({ "a", "c" }, plan.new)
  end)

  it("says whose node takes no editors any more", function()
    local plan = placement.plan(students("a"), { a = "n9" }, { "n1" })
    assert.are.same({ "a" }, plan.stranded)
    assert.are.same({}, plan.new)
  end)

  it("needs a node", function()
    assert.has_error(function() placement.plan(students "a", {}, {}) end, "danake.no_nodes")
  end)

  it("starts them in batches", function()
    assert.are.same({ { 1, 2 }, { 3, 4 }, { 5 } }, placement.batches({ 1, 2, 3, 4, 5 }, 2))
    assert.are.same({}, placement.batches({}, 2))
  end)
end)

-- SPDX-License-Identifier: Apache-2.0
-- rb.step, rb.manual, rb.each and rb.try inside runs.
local machine = require "machine"

describe("a step", function()
  local world, here
  before_each(function()
    world = simulate()
    here = machine.here()
  end)

  local function run(case, options) return world:run("steps.lua", { case = case }, options) end

  it("that finished gives its recorded result when the run goes on", function()
    here:write("/srv/broken", "")
    assert.are.equal("use.broken", run("check").error.code)
    here:remove "/srv/broken"
    local again = world:resume()
    assert.are.equal("done", again.state)
    assert.are.equal("8080", again.printed)
    assert.are.equal(0, again.changed)
  end)

  it("that finished is done again where its check says that it is not so any more", function()
    here:write("/srv/broken", "")
    run "check"
    here:remove "/srv/broken"
    here:remove "/srv/chosen"
    assert.are.equal(1, world:resume().changed)
  end)

  it("is not taken for another of the same title", function()
    local report = run "twice"
    assert.are.equal(1, report.exit)
    assert.matches("same", report.error.message)
  end)

  it("is known by its key where there are several", function()
    assert.are.equal("done", run("each").state)
    assert.are.equal("b", here:read "/srv/b")
    assert.are.equal("undone", world:undo().state)
    assert.is_nil(here:find "/srv/a")
  end)

  it("ends at its own deadline", function()
    local before = world:now()
    local report = run "slow"
    assert.are.equal("failed", report.state)
    assert.is_true(world:now() - before < 120)
  end)

  it("can try", function() assert.are.equal("nil\tx.no\tno", run("try").printed) end)
end)

describe("what a person does", function()
  local world
  before_each(function() world = simulate() end)

  local function run(options) return world:run("steps.lua", { case = "person" }, options) end

  it("never holds up a run that nobody attends", function()
    assert.are.equal("manual.unattended", run().error.code)
  end)

  it("is believed when it can be seen", function()
    world:answer("machine.find", { false, { type = "file", path = "/srv/password-is-set" } })
    assert.are.equal("done", run({ answers = { "y" } }).state)
  end)

  it("need not be asked for when it is done already", function()
    machine.here():write("/srv/password-is-set", "")
    assert.are.equal("done", run().state)
  end)

  it("can be declined", function() assert.are.equal("manual.declined", run({ answers = { "n" } }).error.code) end)
end)

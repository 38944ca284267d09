-- SPDX-License-Identifier: Apache-2.0
-- Runs that a cassette answers (`runbook record greet.lua -o greet.cassette`).
describe("a run with a cassette", function()
  local world
  before_each(function() world = simulate() end)

  it("is answered as it was when it was recorded, and reaches no simulator", function()
    local run = world:replay("greet.cassette", "greet.lua")
    assert.are.equal("done", run.state, run.error and run.error.message)
    assert.are.equal("hello\n\nLinux\n", run.printed)
    assert.are.same({ "greet" }, run.steps)
    assert.are.same({}, world.machine.calls)
    assert.are.same({}, run.unasked)
  end)

  it("fails where it does something else", function()
    local run = world:replay("greet.cassette", "greet.lua", { loud = true })
    assert.are.equal("failed", run.state)
    assert.are.equal("replay.mismatch", run.error.code)
    assert.are.equal(2, #run.unasked)
  end)

  it("fails where a recorded call does not come", function()
    local run = world:replay("greet.cassette", "greet.lua", { system = false })
    assert.are.same({ "failed", 1, "replay.unasked" }, { run.state, run.exit, run.error.code })
    assert.are.equal(1, #run.unasked)
  end)

  it("is refused where there is no cassette", function()
    local _, err = pcall(world.replay, world, "none.cassette", "greet.lua")
    assert.are.equal("cassette.unreadable", err.code)
  end)
end)

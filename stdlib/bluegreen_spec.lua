-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local bluegreen = require "bluegreen"

-- A service that lives in a table: which colours run which release, and which one serves.
local function fake(release, state)
  local calls = {}
  local function note(verb) return function(colour) calls[#calls + 1] = colour and verb .. " " .. colour or verb end end
  return {
    calls = calls,
    prepare = note "prepare",
    serving = function() return state.serving end,
    current = function(colour) return state[colour] == release end,
    start = function(colour) state[colour] = release note "start" (colour) end,
    wait = function(colour)
      if state.broken then rb.fail("health.bad", colour .. " never becomes healthy") end
    end,
    front = note "front",
    switch = function(colour) state.serving = colour note "switch" (colour) end,
    prove = note "prove",
    retire = note "retire",
    remove = function(colour) state[colour] = nil note "remove" (colour) end,
  }
end

describe("bluegreen.deploy", function()
  it("starts with blue", function()
    local state = {}
    local service = fake("v1", state)
    local colour = rb.each({ "first" }, function() return (bluegreen.deploy(service)) end)[1]
    assert.are.equal("blue", colour)
    assert.are.same({ "prepare", "start blue", "front", "switch blue", "prove blue" }, service.calls)
  end)

  it("starts the other colour for a new release, and retires the old one last", function()
    local state = { serving = "blue", blue = "v1" }
    local service = fake("v2", state)
    rb.each({ "second" }, function() bluegreen.deploy(service) end)
    assert.are.equal("green", state.serving)
    assert.are.equal("retire blue", service.calls[#service.calls])
  end)

  it("stays with the colour that serves the release already", function()
    local state = { serving = "green", green = "v2" }
    local service = fake("v2", state)
    rb.each({ "third" }, function() bluegreen.deploy(service) end)
    assert.are.equal("green", state.serving)
    for _, call in ipairs(service.calls) do assert.is_nil(call:match("^retire")) end
  end)

  it("leaves the old colour serving when the new one is not healthy", function()
    local state = { serving = "blue", blue = "v1", broken = true }
    local service = fake("v2", state)
    assert.has_error(function()
      rb.each({ "fourth" }, function() bluegreen.deploy(service) end)
    end, "health.bad")
    assert.are.equal("blue", state.serving)
  end)

  it("names what the service lacks", function()
    assert.has_error(function() bluegreen.deploy({}) end, "has no function 'serving'")
  end)
end)

-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local rollout = require "rollout"

local function hosts(count)
  local list = {}
  for index = 1, count do list[index] = ("h%d"):format(index) end
  return list
end

local titles = 0
-- Steps of one run have one path each: so do rollouts.
local function run(list, options, body)
  titles = titles + 1
  options.title = "rollout " .. titles
  return rollout.run(list, options, body)
end

describe("rollout.run", function()
  it("gives what the function gave, by host", function()
    local report = run({ "a", "b" }, {}, function(host, index) return host .. index end)
    assert.are.same({ a = "a1", b = "b2" }, report.results)
    assert.are.equal(2, report.ok)
  end)

  it("has at most so many hosts under way", function()
    local now, most = 0, 0
    run(hosts(20), { limit = 3 }, function()
      now = now + 1
      most = math.max(most, now)
      rb.sleep(0.001)
      now = now - 1
    end)
    assert.are.equal(3, most)
  end)

  it("lets the others end when a host fails, and names it", function()
    local ended = 0
    local err = assert.has_error(function()
      run(hosts(5), {}, function(host)
        if host == "h2" then rb.fail("x.bad", "no") end
        rb.sleep(0.001)
        ended = ended + 1
      end)
    end, "rollout.partial")
    assert.are.equal(4, ended)
    assert.are.equal("1 of 5 hosts failed", err.message)
    assert.are.equal("h2", err.context.hosts)
    assert.are.equal("x.bad", err.cause.code)
  end)

  it("ends in another error where no host succeeded", function()
    assert.has_error(function() run(hosts(3), {}, function() rb.fail("x.bad", "no") end) end, "rollout.failed")
  end)

  it("raises what is refused on every host as it is", function()
    assert.has_error(function() run(hosts(3), {}, function() rb.fail("permission.denied", "no") end) end, "permission.denied")
  end)

  it("begins a batch when the one before has ended", function()
    local batches, current = {}, {}
    run(hosts(10), { canary = 1, batches = { 2, "40%" }, between = function() batches[#batches + 1], current = #current, {} end },
      function(host) current[#current + 1] = host end)
    assert.are.same({ 1, 2, 4 }, batches)
    assert.are.equal(3, #current)
  end)

  it("ends with the canary that fails", function()
    local report = run(hosts(10), { canary = 2, collect = true }, function(host)
      if host == "h1" then rb.fail("x.bad", "no") end
    end)
    assert.are.equal("the canary failed", report.why)
    assert.are.same({ 1, 1, 8 }, { report.ok, report.failed, report.skipped })
    assert.are.equal("rollout.partial", report.error.code)
    assert.matches("1 of 10 hosts failed, 8 not begun: the canary failed", report.error.message)
  end)

  it("begins no further host once too many have failed", function()
    local begun = 0
    local report = run(hosts(100), { limit = 2, max_failures = "3%", collect = true }, function()
      begun = begun + 1
      rb.fail("x.bad", "no")
    end)
    assert.is_true(begun >= 4 and begun <= 6)
    assert.are.equal("more than 3 hosts failed", report.why)
    assert.are.equal(100 - begun, report.skipped)
  end)

  it("begins no further batch where all of one failed", function()
    local report = run(hosts(6), { batches = { 2 }, collect = true }, function(_, index)
      if index > 2 then rb.fail("x.bad", "no") end
    end)
    assert.are.same({ 2, 2, 2 }, { report.ok, report.failed, report.skipped })
  end)

  it("calls a host unreachable where there was no connection", function()
    local report = run(hosts(2), { collect = true }, function(host)
      if host == "h1" then rb.fail("ssh.connect", "connection refused") end
    end)
    assert.are.equal("unreachable", report.hosts[1].state)
    assert.are.equal(1, report.unreachable)
  end)

  it("fails the host that takes too long", function()
    local report = run(hosts(2), { timeout = 0.01, collect = true }, function(host)
      if host == "h1" then rb.sleep("1h") end
    end)
    assert.are.equal("timeout", report.hosts[1].error.code)
    assert.are.equal("ok", report.hosts[2].state)
  end)

  it("leaves the rest when what stands between two batches fails", function()
    local begun = 0
    assert.has_error(function()
      local function look() rb.fail("site.down", "it does not answer") end
      run(hosts(4), { batches = { 1 }, between = look }, function() begun = begun + 1 end)
    end, "site.down")
    assert.are.equal(1, begun)
  end)

  it("counts five hundred hosts that are all under way", function()
    local report = run(hosts(500), { limit = 500, collect = true }, function(_, index)
      rb.sleep(0.001)
      if index % 125 == 0 then rb.fail("x.bad", "no") end
    end)
    assert.are.same({ 496, 4 }, { report.ok, report.failed })
  end)

  for what, options in pairs {
    ["an unknown option"] = { batch = 1 }, ["a batch of no hosts"] = { batches = { 0 } }, ["no batches"] = { batches = {} },
    ["more than all"] = { canary = "200%" }, ["half a host"] = { max_failures = 1.5 }, ["no limit"] = { limit = 0 },
  } do
    it("refuses " .. what, function()
      assert.has_error(function() rollout.run(hosts(3), options, function() end) end, "argument.invalid")
    end)
  end

  it("refuses a host that is listed twice, and no hosts at all", function()
    assert.has_error(function() rollout.run({ "a", "a" }, function() end) end, "argument.invalid")
    assert.has_error(function() rollout.run({}, function() end) end, "inventory.empty")
  end)
end)

-- SPDX-License-Identifier: Apache-2.0
-- rb.wait_until, rb.retry, rb.timeout and rb.sleep, in virtual time.
local rb = require "runbook"

describe("waiting", function()
  local world
  before_each(function() world = simulate() end)

  local function took(run)
    local before = world:now()
    run()
    return math.floor((world:now() - before) * 1000 + 0.5) / 1000
  end

  it("takes no time in a test", function()
    assert.are.equal(86400, took(function() rb.sleep("1d") end))
  end)

  it("ends when what is observed is there", function()
    local seen = 0
    assert.are.equal(1, took(function()
      rb.wait_until("the third look", { every = "500ms" }, function()
        seen = seen + 1
        return seen == 3
      end)
    end))
  end)

  it("counts an error as not yet, and tells of it in the end", function()
    local err = assert.has_error(function()
      rb.wait_until("pigs fly", { timeout = 3, every = 1 }, function() rb.fail("pig.heavy", "still on the ground") end)
    end, "wait.timeout")
    assert.are.equal("pig.heavy", err.cause.code)
  end)

  it("does not wait for what time will not mend", function()
    assert.are.equal(0, took(function()
      assert.has_error(function()
        rb.wait_until("pigs fly", function() rb.fail("argument.invalid", "a pig is no bird") end)
      end, "argument.invalid")
    end))
  end)

  it("doubles the pause between attempts, up to the longest", function()
    local attempts = 0
    local seconds = took(function()
      assert.has_error(function()
        rb.retry({ attempts = 5, delay = 1, max_delay = 3 }, function()
          attempts = attempts + 1
          rb.fail("x.temporary", "no")
        end)
      end, "x.temporary")
    end)
    assert.are.equal(5, attempts)
    assert.are.equal(1 + 2 + 3 + 3, seconds)
  end)

  it("does not try again what cannot get better", function()
    local attempts = 0
    assert.has_error(function()
      rb.retry({ attempts = 5 }, function()
        attempts = attempts + 1
        rb.fail("argument.invalid", "never")
      end)
    end, "argument.invalid")
    assert.are.equal(1, attempts)
  end)

  it("ends at its deadline", function()
    assert.are.equal(300, took(function()
      assert.has_error(function() rb.timeout("5m", function() rb.sleep("1h") end) end)
    end))
  end)

  it("runs side by side", function()
    assert.are.equal(3, took(function()
      rb.parallel { function() rb.sleep(1) end, function() rb.sleep(3) end, function() rb.sleep(2) end }
    end))
  end)
end)

-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"

describe("rb.parallel", function()
  it("gives results by the keys of its functions", function()
    assert.are.same({ a = 1, b = 2 }, rb.parallel { a = function() return 1 end, b = function() return 2 end })
  end)

  it("raises the first failure after all others have ended", function()
    local ended = false
    local err = assert.has_error(function()
      rb.parallel {
        function() rb.fail("x.first", "first") end,
        function()
          local guard <close> = setmetatable({}, { __close = function() rb.sleep(0.01) ended = true end })
          rb.sleep(60)
          return guard
        end,
      }
    end, "x.first")
    assert.are.equal("first", err.message)
    assert.is_true(ended)
  end)

  it("collects failures where asked", function()
    local jobs = { ok = function() return "yes" end, bad = function() rb.fail("x.bad", "no") end }
    local results, errors = rb.parallel(jobs, { collect = true })
    assert.are.equal("yes", results.ok)
    assert.are.equal("x.bad", errors.bad.code)
  end)
end)

describe("rb.each", function()
  it("keeps the order of the list", function()
    assert.are.same({ 1, 4, 9 }, rb.each({ 1, 2, 3 }, { limit = 2 }, function(n) return n * n end))
  end)

  it("refuses an item without a name", function()
    assert.has_error(function() rb.each({ {} }, function() end) end, "argument.invalid")
  end)
end)

describe("rb.timeout", function()
  it("gives the results of what is quick enough", function()
    local a, b = rb.timeout("5s", function() return 1, 2 end)
    assert.are.same({ 1, 2 }, { a, b })
  end)

  it("ends what is not", function()
    assert.has_error(function() rb.timeout(0.01, function() rb.sleep(60) end) end, "timeout")
  end)
end)

describe("rb.retry", function()
  it("does not repeat what cannot get better", function()
    local calls = 0
    assert.has_error(function()
      rb.retry({ attempts = 5, delay = 0 }, function()
        calls = calls + 1
        rb.fail("permission.denied", "no")
      end)
    end, "permission.denied")
    assert.are.equal(1, calls)
  end)
end)

describe("rb.wait_until", function()
  it("gives what it waited for", function()
    local n = 0
    local seen = rb.wait_until("it is three", { every = 0.001 }, function()
      n = n + 1
      return n == 3 and n
    end)
    assert.are.equal(3, seen)
  end)

  it("says what it waited for in vain, with the last error and the evidence", function()
    local err = assert.has_error(function()
      rb.wait_until("the moon is blue", { timeout = 0.01, every = 0.002, evidence = function() return "it is grey" end }, function()
        rb.fail("moon.grey", "not blue")
      end)
    end, "wait.timeout")
    assert.matches("the moon is blue", err.message)
    assert.are.equal("it is grey", err.context.log)
    assert.are.equal("moon.grey", err.cause.code)
  end)
end)

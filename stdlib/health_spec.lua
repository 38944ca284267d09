-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local health = require "health"

describe("health.http", function()
  local world, answers

  before_each(function()
    answers = {}
    world = simulate {
      http = {
        ["http://127.0.0.1:8080"] = function()
          local answer = table.remove(answers, 1)
          if answer == nil then return { json = { version = "v2" } } end
          return answer()
        end,
      },
    }
  end)

  local function not_yet() return { status = 503 } end

  it("waits until the service answers with the status", function()
    answers = { not_yet, not_yet, function() rb.fail("http.connect", "connection refused", { retryable = true }) end }
    local before = world:now()
    assert.are.equal(200, health.http({ url = "http://127.0.0.1:8080/", every = 1 }).status)
    assert.are.equal(3, world:now() - before)
  end)

  it("waits until the answer is the right one", function()
    answers = { function() return { json = { version = "v1" } } end }
    local answer = health.http { url = "http://127.0.0.1:8080/", match = function(response) return response.json.version == "v2" end }
    assert.are.equal("v2", answer.json.version)
  end)

  it("gives up at its timeout, with the last error and the evidence", function()
    for i = 1, 1000 do answers[i] = not_yet end
    local before = world:now()
    local err = assert.has_error(function()
      health.http { url = "http://127.0.0.1:8080/", timeout = "5m", every = 1, evidence = function() return "out of memory" end }
    end, "wait.timeout")
    assert.are.equal("out of memory", err.context.log)
    assert.is_true(err.message:find("503", 1, true) ~= nil)
    assert.is_true(world:now() - before <= 300)
  end)

  it("names what it does not understand", function()
    assert.has_error(function() health.http { url = "http://127.0.0.1:8080/", matches = 1 } end, "argument.invalid")
    assert.has_error(function() health.http {} end, "argument.invalid")
  end)
end)

-- SPDX-License-Identifier: Apache-2.0
-- What a test gets wrong is told, not guessed at.
local http = require "http"
local machine = require "machine"
local rb = require "runbook"

describe("a simulated world", function()
  local function refused(code, run) return assert.has_error(run, code) end

  it("refuses options of the wrong type", function()
    local world = simulate()
    for _, options in ipairs {
      { deny = "write=/srv" }, { limits = "changes=0" }, { yes = "no" }, { on_failure = "maybe" }, { secrets = "x" },
      { fault = { kind = "stop", change = -1 } }, { alow = {} },
    } do
      refused("argument.invalid", function() world:run("site.lua", {}, options) end)
    end
    refused("argument.invalid", function() world:run() end)
    refused("argument.invalid", function() world:resume() end)
    refused("argument.invalid", function() simulate { machine = 5 } end)
    refused("argument.invalid", function() simulate { http = { ["http://x"] = 5 } } end)
    refused("argument.invalid", function() simulate { machine = { programs = { foo = "x" } } } end)
  end)

  it("refuses answers of simulators that make no sense", function()
    for _, answer in ipairs { { code = "1" }, { exit = 1 }, { code = 1.5 }, { code = 1e18 }, { stdout = 5 }, false } do
      simulate { machine = { programs = { foo = function() return answer end } } }
      refused("test.simulator", function() machine.here():run { "foo" } end)
    end
    for _, answer in ipairs { { status = "abc" }, { status = 200.5 }, { headers = 5 }, { headers = { X = 5 } }, { body = {} } } do
      simulate { http = { ["http://127.0.0.1:1"] = function() return answer end } }
      refused("test.simulator", function() http.get "http://127.0.0.1:1/" end)
    end
  end)

  it("refuses a scripted answer that is no list", function()
    refused("argument.invalid", function() simulate():answer("http.fetch", { error = { code = "x.y" } }) end)
  end)

  it("ends with its test, or with the next one", function()
    local first = simulate()
    simulate()
    refused("test.world_ended", function() first:run "site.lua" end)
    refused("test.world_ended", function() first:state() end)
  end)

  it("does not let a simulator make a run", function()
    local world, problem
    world = simulate {
      machine = {
        programs = { reload = function() problem = select(2, rb.try(function() world:run "site.lua" end)) return {} end },
      },
    }
    machine.here():run { "reload" }
    assert.are.equal("test.misuse", problem.code)
  end)

  it("ends a run that nobody waits for any more", function()
    local world = simulate()
    local before = world:now()
    assert.has_error(function() rb.timeout("5s", function() world:run "forever.lua" end) end)
    assert.is_true(world:now() - before < 60)
    rb.race { function() return 1 end, function() world:run("site.lua") end }
    rb.sleep "1s"
    assert.is_nil(machine.here():find "/srv/www/index")
  end)

  local late
  it("has simulators that say something", function()
    simulate { http = { ["http://127.0.0.1:1"] = function(_, emit) late = emit return {} end } }
    http.get "http://127.0.0.1:1/"
  end)

  it("does not listen to what they say afterwards", function() late { chunk = "x" } end)
end)

it("is simulated in tests alone", function()
  local ok, err = pcall(describe, "x", function() end)
  assert.is_false(ok)
  assert.are.equal("test.misuse", err.code)
end)

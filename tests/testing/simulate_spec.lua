-- SPDX-License-Identifier: Apache-2.0
-- What a test can expect of its simulated world.
local http = require "http"
local machine = require "machine"
local rb = require "runbook"
local time = require "time"

local function options()
  return {
    secrets = { TOKEN = "s3cret-token" },
    machine = {
      files = { ["/srv/www"] = { directory = true, owner = "www" } },
      users = { www = 33 },
      programs = { reload = function(argv) return "reloaded " .. argv[2] end },
    },
    http = {
      ["http://127.0.0.1:8080"] = function(request) return { json = { b = request.query.b } } end,
      ["https://hooks.example.org"] = function(request)
        return { status = request.headers.authorization == "Bearer s3cret-token" and 204 or 401 }
      end,
    },
  }
end

describe("a simulated world", function()
  local world
  before_each(function() world = simulate(options()) end)

  it("is where the runbook's effects go", function()
    local run = world:run("site.lua")
    assert.are.equal("done", run.state, run.error and run.error.message)
    assert.are.equal('reloaded web\n{"b":"c d"}', run.printed)
    local file = machine.here():stat "/srv/www/index"
    assert.are.same({ "0640", "www", "root" }, { file.mode, file.owner, file.group })
    assert.are.same({ "write the page", "reload", "look at it", "tell" }, run.steps)
    assert.are.same({ { "/usr/bin/reload", "web" } }, world.machine.calls)
  end)

  it("keeps what a run did for the next one", function()
    world:run("site.lua")
    assert.are.same({ "run: reload web", "POST https://hooks.example.org/done" }, world:run("site.lua").changes)
  end)

  it("makes the same world each time", function()
    world:run("site.lua")
    local first = world:state()
    world = simulate(options())
    world:run("site.lua")
    assert.are.same(first, world:state())
  end)

  it("holds the runbook to its permissions, parameters and secrets", function()
    assert.are.equal("permission.denied", world:run("site.lua", {}, { deny = { "run=reload" } }).error.code)
    assert.are.equal(2, world:run("site.lua", { nmae = "x" }).exit)
    assert.are.equal("secret.missing", world:run("site.lua", {}, { secrets = {} }).error.code)
  end)

  it("shows secrets to nobody but the service", function()
    local run = world:run("site.lua")
    assert.are.equal("done", run.state)
    assert.is_nil(require("json").encode(run.events):find("s3cret", 1, true))
  end)

  it("goes on after a kill, and goes back", function()
    local killed = world:run("site.lua", {}, { fault = { kind = "stop", change = 1 } })
    assert.are.equal("killed", killed.state)
    assert.are.equal("done", world:resume().state)
    assert.are.equal("undone", world:undo().state)
    assert.is_nil(machine.here():find "/srv/www/index")
  end)

  it("plans and changes nothing", function()
    local before = world:state()
    local plan = world:plan("site.lua")
    assert.are.equal("planned", plan.state)
    assert.are.same(before, world:state())
  end)

  it("answers single operations as the test says", function()
    world:answer("http.post", { { error = { code = "http.timeout", message = "no answer", retryable = true } } })
    local run = world:run("site.lua")
    assert.are.equal("http.timeout", run.error.code)
    assert.are.equal("done", world:resume().state)
  end)

  it("can be a world of servers that never answer", function()
    world.http.serve("http://127.0.0.1:8080", function() rb.sleep("1h") end)
    local before = world:now()
    assert.are.equal("http.timeout", world:run("site.lua").error.code)
    assert.is_true(world:now() - before < 3600)
  end)

  it("refuses what nobody simulates, and says how to", function()
    local err = assert.has_error(function() http.get "https://api.example.org/" end, "test.unexpected")
    assert.is_true(err.hint:find("api.example.org:443", 1, true) ~= nil)
    assert.has_error(function() machine.here():run { "/bin/no-such-program" } end, "test.unexpected")
    assert.has_error(function() world:answer("http.psot", {}) end, "argument.invalid")
    assert.has_error(function() simulate { mashine = {} } end, "argument.invalid")
  end)

  it("has a time of its own", function()
    assert.are.equal("2026-01-01T00:00:00Z", time.format(time.now()))
    world:advance("36h")
    assert.are.equal("2026-01-02T12:00:00Z", time.format(time.now()))
    simulate { start = "2030-06-01T12:00:00Z" }
    assert.are.equal("2030-06-01T12:00:00Z", time.format(time.now()))
  end)

  survives("being broken off", { file = "site.lua", idempotent = false, world = function() return simulate(options()) end })
end)

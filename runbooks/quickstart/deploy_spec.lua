-- SPDX-License-Identifier: Apache-2.0
local http = require "http"
local machine = require "machine"
local simulated_machine = require "simulated_machine"

local function params(more)
  local all = { target = "local", dir = "/srv/quickstart", build = "/build" }
  for key, value in pairs(more or {}) do all[key] = value end
  return all
end

local function served() return http.get("http://127.0.0.1:8080/", { retries = 0 }).json end

describe("deploying to this machine", function()
  local world, here
  before_each(function()
    world = simulated_machine(simulate)
    here = machine.here()
  end)

  local function deploy(more) return world:run("deploy.lua", params(more)) end

  it("starts blue and serves it through the front", function()
    local run = deploy()
    assert.are.equal("done", run.state, run.error and run.error.message)
    assert.are.same({ name = "quickstart", version = "v1", colour = "blue" }, served())
    assert.are.equal("quickstart v1 serves as blue at http://127.0.0.1:8080/", run.printed)
  end)

  it("changes nothing the second time", function()
    deploy()
    local before = world:state()
    local again = deploy()
    assert.are.equal("done", again.state)
    assert.are.equal(0, again.changed)
    assert.are.same(before, world:state())
  end)

  it("plans without changing anything", function()
    local before = world:state()
    local plan = world:plan("deploy.lua", params())
    assert.are.equal("planned", plan.state)
    assert.is_true(plan.planned > 0)
    assert.are.same(before, world:state())
  end)

  it("starts a new release as green, switches, and stops blue", function()
    deploy()
    local run = deploy { release = "v2" }
    assert.are.equal("done", run.state, run.error and run.error.message)
    assert.are.equal("green", served().colour)
    assert.are.equal("v2", served().version)
    assert.is_nil(here:process_find("quickstart-blue"))
    assert.are.equal("127.0.0.1:8082\n", here:read("/srv/quickstart/front/upstream"))
  end)

  it("leaves the old release serving when the new one never becomes healthy", function()
    deploy()
    local before = world:state()
    local run = deploy { release = "v2", broken = true }
    assert.are.equal("failed", run.state)
    assert.are.equal(1, run.exit)
    assert.are.equal("wait.timeout", run.error.code)
    assert.is_true(run.error.context.log:find("feature table", 1, true) ~= nil)
    assert.are.equal("v1", served().version)
    assert.are.same(before.processes, world:state().processes)
  end)

  it("is refused what it does not declare", function()
    local run = world:run("deploy.lua", params(), { deny = { "write=/srv/quickstart" } })
    assert.are.equal("permission.denied", run.error.code)
    assert.is_nil(here:find("/srv/quickstart"))
  end)

  it("is taken down again, and leaves nothing", function()
    local before = world:state()
    deploy()
    local run = world:run("teardown.lua", params())
    assert.are.equal("done", run.state, run.error and run.error.message)
    assert.are.same(before, world:state())
    assert.are.equal(0, world:run("teardown.lua", params()).changed)
  end)
end)

-- SPDX-License-Identifier: Apache-2.0
local docker = require "docker"
local http = require "http"
local machine = require "machine"
local simulated_machine = require "simulated_machine"

local function served() return http.get("http://127.0.0.1:8080/", { retries = 0 }).json end

-- What holds wherever the service is deployed to. `runs(colour)`: whether that twin does.
local function contract(target, runs)
  local function params(more)
    local all = { target = target, dir = "/srv/quickstart", build = "/build" }
    for key, value in pairs(more or {}) do all[key] = value end
    return all
  end

  describe("deploying to " .. target, function()
    local world
    before_each(function() world = simulated_machine(simulate) end)

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
      assert.are.same({ name = "quickstart", version = "v2", colour = "green" }, served())
      assert.is_false(runs "blue")
      assert.is_true(runs "green")
    end)

    it("leaves the old release serving when the new one never becomes healthy", function()
      deploy()
      local run = deploy { release = "v2", broken = true }
      assert.are.equal("failed", run.state)
      assert.are.equal(1, run.exit)
      assert.is_true(run.error.context.log:find("feature table", 1, true) ~= nil)
      assert.are.equal("undone", run.error.context.undo)
      assert.are.equal("v1", served().version)
      assert.is_true(runs "blue")
      assert.is_false(runs "green")
    end)

    it("goes back to the release before, and serves it", function()
      deploy()
      local run = deploy { release = "v2" }
      assert.are.equal("done", run.state, run.error and run.error.message)
      assert.are.equal("undone", world:undo().state)
      assert.are.same({ name = "quickstart", version = "v1", colour = "blue" }, served())
    end)

    it("is refused what it does not declare", function()
      local run = world:run("deploy.lua", params(), { deny = { "write=/srv/quickstart" } })
      assert.are.equal("permission.denied", run.error.code)
      assert.is_nil(machine.here():find "/srv/quickstart")
    end)

    survives("the first deployment", {
      file = "deploy.lua",
      params = params(),
      world = function() return simulated_machine(simulate) end,
    })

    survives("a new release", {
      file = "deploy.lua",
      params = params { release = "v2" },
      world = function() return simulated_machine(simulate) end,
      before = function(first) assert.are.equal("done", first:run("deploy.lua", params()).state) end,
      ignore = { "files./srv/quickstart/logs/" },
    })
  end)
end

contract("local", function(colour) return machine.here():process_find("quickstart-" .. colour) ~= nil end)
contract("docker", function(colour)
  local container = docker.connect():container_find("quickstart-" .. colour)
  return container ~= nil and container.running
end)

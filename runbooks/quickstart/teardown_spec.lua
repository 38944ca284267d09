-- SPDX-License-Identifier: Apache-2.0
local simulated_machine = require "simulated_machine"

for _, target in ipairs { "local", "docker" } do
  local params = { target = target, dir = "/srv/quickstart", build = "/build" }

  local function deploy(world) assert.are.equal("done", world:run("deploy.lua", params).state) end

  describe("taking down what was deployed to " .. target, function()
    it("leaves nothing, and nothing to do", function()
      local world = simulated_machine(simulate)
      local before = world:state()
      deploy(world)
      local run = world:run("teardown.lua", params)
      assert.are.equal("done", run.state, run.error and run.error.message)
      assert.are.same(before, world:state())
      assert.are.equal(0, world:run("teardown.lua", params).changed)
    end)

    survives("being broken off", {
      file = "teardown.lua",
      params = params,
      world = function() return simulated_machine(simulate) end,
      before = deploy,
      undo = false,
    })
  end)
end

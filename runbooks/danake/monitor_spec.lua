-- SPDX-License-Identifier: Apache-2.0
local simulated_site = require "simulated_site"

describe("finding the monitor", function()
  local function run_with(answer)
    local world = simulate { machine = simulated_site.machine(), http = { ["https://exam.example.org:9443"] = answer } }
    return world:run("monitor.lua", { confs = "/confs", host = "exam.example.org" })
  end

  it("says where it is", function()
    local run = run_with(function() return { status = 200, body = "monitor" } end)
    assert.matches("https://exam.example.org:9443/", run.printed)
  end)

  it("waits for it, and then says that it does not answer", function()
    local run = run_with(function() return { status = 502, body = "" } end)
    assert.are.equal("wait.timeout", run.error.code)
  end)
end)

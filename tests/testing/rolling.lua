-- SPDX-License-Identifier: Apache-2.0
-- A runbook for machines_spec.lua: brings a release to machines over SSH and restarts what runs there.
local rb = require "runbook"
local inventory = require "inventory"
local rollout = require "rollout"

return rb.runbook {
  summary = "Roll out a release",
  params = {
    count = rb.param.int { default = 5 },
    at_once = rb.param.int { default = 50 },
  },
  permissions = { ssh = { ["deploy@web*"] = { "read:/srv/**", "write:/srv/**", "run:systemctl" } } },
  lock = "rolling",
  run = function(p)
    local hosts = {}
    for number = 1, p.count do
      hosts["web" .. number] = { address = "deploy@web" .. number, ssh = { connect_timeout = 10 } }
    end
    rollout.run(inventory.load({ hosts = hosts }):list "all", { title = "release", limit = p.at_once }, function(host)
      local web = host:machine()
      rb.step("put it there", { undo = rb.revert }, function()
        web:file_ensure { path = "/srv/app/release", content = "v2\n" }
        web:link_ensure { path = "/srv/app/current", to = "release" }
      end)
      rb.step("restart", { idempotent = true }, function() web:sudo():run { "systemctl", "restart", "app" } end)
    end)
  end,
}

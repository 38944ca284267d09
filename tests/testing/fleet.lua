-- SPDX-License-Identifier: Apache-2.0
-- A runbook for fleet_spec.lua: writes a file for each host of an inventory, and fails where /srv/broken-HOST is.
local rb = require "runbook"
local inventory = require "inventory"
local machine = require "machine"
local rollout = require "rollout"

return rb.runbook {
  summary = "Write a file for each host",
  params = {
    where = rb.param.string { default = "all" },
    text = rb.param.string { default = "new" },
    canary = rb.param.int { default = 0 },
  },
  permissions = { write = { "/srv" } },
  run = function(p)
    local here = machine.here()
    local options = { title = "update", limit = 2 }
    if p.canary > 0 then options.canary = p.canary end
    rollout.run(inventory.load("/srv/hosts.yaml"):list(p.where), options, function(host)
      rb.step("write", { undo = rb.revert }, function() here:file_ensure { path = "/srv/" .. host.name, content = p.text } end)
      if here:find("/srv/broken-" .. host.name) then rb.fail("host.broken", host.name .. " is broken") end
      here:file_ensure { path = "/srv/" .. host.name .. ".done", content = p.text }
    end)
  end,
}

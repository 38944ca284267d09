#!/usr/bin/env runbook
-- SPDX-License-Identifier: Apache-2.0
-- A change of configuration goes to one server first, then to a few, then to all; what is refused there goes no further.
local rb = require "runbook"
local inventory = require "inventory"
local rollout = require "rollout"

return rb.runbook {
  summary = "Bring a new configuration to the web servers, a few at a time",
  doc = "README.md#update",
  params = {
    where = rb.param.string { default = "web", help = "which hosts of hosts.yaml" },
    motto = rb.param.string { help = "what the site says" },
    most = rb.param.string { default = "10%", help = "how many servers may fail" },
  },
  permissions = {
    read = { "hosts.yaml" },
    ssh = { "*" },
    -- For hosts that are this computer.
    write = { "/etc/site*" },
  },
  lock = "site",

  run = function(p)
    local hosts = inventory.load("hosts.yaml"):list(p.where)
    local most = p.most:find "%%" and p.most or tonumber(p.most)
    local options = { title = "update", canary = 1, batches = { "25%", "100%" }, max_failures = most }
    rollout.run(hosts, options, function(host)
      local machine = host:machine()
      local file = host.vars.config
      rb.step("write the configuration", { undo = rb.revert }, function()
        machine:file_ensure { path = file, content = ("port %d\nmotto %s\n"):format(host.vars.port, p.motto) }
      end)
      rb.step("look whether it was taken", { idempotent = true }, function()
        if machine:find(file .. ".rejected") then
          rb.fail("site.rejected", host.name .. " does not take the configuration", { hint = "see " .. file .. ".rejected there" })
        end
      end)
    end)
  end,
}

-- SPDX-License-Identifier: Apache-2.0
-- What `runbook exec` runs: one program on the hosts of an inventory.
local rb = require "runbook"
local inventory = require "inventory"
local rollout = require "rollout"

return rb.runbook {
  summary = "Run a program on hosts",
  params = {
    on_hosts = rb.param.string { help = "pattern of hosts and groups" },
    argv = rb.param.list { of = "string", help = "the program and its arguments" },
    input = rb.param.string { default = "", help = "what it reads" },
    root = rb.param.bool { default = false, help = "as root, by sudo without a password" },
    time = rb.param.duration { default = "10m", help = "how long it may take on a host" },
  },
  -- Whoever typed the program and the hosts permits them, and the keys and lists of hosts that the inventory names for the way.
  permissions = { run = { "*" }, ssh = { "*" }, read = { "*" }, write = { "*" } },
  run = function(p)
    local hosts = inventory.load():list(p.on_hosts)
    rollout.run(hosts, { title = "exec" }, function(host)
      local machine = host:machine()
      if p.root then machine = machine:sudo() end
      machine:run(p.argv, { timeout = p.time, stdin = p.input })
    end)
  end,
}

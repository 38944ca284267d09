-- SPDX-License-Identifier: Apache-2.0
-- `true` on hosts, one time after the other, some hosts at a time. $LAB/hosts.N lists them; see lab.sh.
local rb = require "runbook"
local machine = require "machine"

return rb.runbook {
  summary = "Run a program on many hosts",
  params = {
    lab = rb.param.path { help = "directory of keys" },
    hosts = rb.param.path { help = "file of addresses" },
    at_once = rb.param.int { default = 50 },
    steps = rb.param.int { default = 1, help = "how often it runs on each" },
  },
  permissions = { read = { "{lab}" }, ssh = { ["root@127.0.*"] = { "run:/bin/true" } } },
  run = function(p)
    local hosts = {}
    for host in machine.here():read(p.hosts):gmatch "[^\n]+" do
      hosts[#hosts + 1] = host
    end
    rb.each(hosts, { limit = p.at_once }, function(host)
      local there = machine.ssh("root@" .. host, {
        identity = p.lab .. "/user", known_hosts = p.lab .. "/known_hosts", config = false,
      })
      for _ = 1, p.steps do
        there:run { "/bin/true" }
      end
    end)
  end,
}

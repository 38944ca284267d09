-- SPDX-License-Identifier: Apache-2.0
-- One transfer to or from a machine; see transfer.sh.
local rb = require "runbook"
local machine = require "machine"

return rb.runbook {
  summary = "Move a file or a tree",
  params = {
    lab = rb.param.path { help = "directory of keys" },
    verb = rb.param.enum { "upload", "download", "sync" },
    from = rb.param.path {},
    to = rb.param.path {},
  },
  permissions = {
    read = { "{lab}", "{from}", "{from}/**" },
    write = { "{to}", "{to}/**" },
    ssh = { ["root@127.0.*"] = { "read:*", "write:*" } },
  },
  run = function(p)
    local there = machine.ssh("root@127.0.1.1", {
      identity = p.lab .. "/user", known_hosts = p.lab .. "/known_hosts", config = false,
    })
    there[p.verb](there, p.from, p.to)
  end,
}

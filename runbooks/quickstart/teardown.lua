#!/usr/bin/env runbook
-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local machine = require "machine"
local service = require "service"

return rb.runbook {
  summary = "Take the quickstart service down again: everything that deploy made, and nothing else",
  doc = "README.md#teardown",
  params = service.params {
    keep_data = rb.param.bool { default = false, help = "keep the visits" },
  },
  permissions = service.permissions,
  lock = "quickstart/{name}",

  run = function(p)
    service.connect(p).teardown(p.keep_data)
    local here = machine.here()
    rb.step("remove the front's switch", function() here:remove(p.dir .. "/front", { recursive = true }) end)
    if not p.keep_data then
      rb.step("remove the data", function() here:remove(p.dir .. "/data", { recursive = true }) end)
      rb.step("remove the directory, if nothing else is in it", function()
        if here:find(p.dir) and #here:list(p.dir) == 0 then here:remove(p.dir) end
      end)
    end
  end,
}

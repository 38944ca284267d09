-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local acme = require "acme"

return rb.runbook {
  summary = "Create widgets",
  params = { count = rb.param.int { min = 1, max = 9, help = "how many" } },
  permissions = { acme = { register = { "widget.create:w*" } } },
  run = function(p)
    for i = 1, p.count do
      local widget = rb.step("widget " .. i, function() return acme.widget_create("w" .. i) end)
      print(widget.name, widget.number)
    end
  end,
}

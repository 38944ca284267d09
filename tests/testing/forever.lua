-- SPDX-License-Identifier: Apache-2.0
-- Never ends by itself.
local rb = require "runbook"

return rb.runbook {
  summary = "Wait for ever",
  run = function()
    while true do rb.sleep "1s" end
  end,
}

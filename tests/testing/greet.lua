-- SPDX-License-Identifier: Apache-2.0
-- For replay_spec.lua. Its cassette: runbook record greet.lua -o greet.cassette
local rb = require "runbook"
local machine = require "machine"

return rb.runbook {
  summary = "Greet, and say from where",
  params = { loud = rb.param.bool { default = false }, system = rb.param.bool { default = true } },
  permissions = { run = { "/usr/bin/echo", "/usr/bin/uname" } },
  run = function(p)
    local here = machine.here()
    rb.step("greet", { idempotent = true }, function()
      print(here:run({ "echo", p.loud and "HELLO" or "hello" }).stdout)
    end)
    if p.system then print(here:run({ "uname", "-s" }).stdout) end
  end,
}

-- SPDX-License-Identifier: Apache-2.0
-- A secret whose text stands in the clear in the runbook: neither the journal nor the display is to have it.
local rb = require "runbook"
local docker = require "docker"

return rb.runbook {
  summary = "Make a secret",
  secrets = { "SPEC_KEY" },
  params = { engine = rb.param.string { help = "engine" } },
  permissions = { docker = { ["*"] = { "*" } } },
  run = function(p)
    local engine = docker.connect(p.engine)
    rb.step("make it", function()
      engine:swarm_init { advertise_addr = "127.0.0.1", listen_addr = "127.0.0.1:2377" }
      engine:secret_create { name = "spec-key", data = "plain private text" }
      engine:service_create { name = "spec-web", image = "spec:1", replicas = 0, env = { KEY = rb.secret "SPEC_KEY" } }
      engine:service_scale("spec-web", 0)
    end)
    rb.step("remove it", function() engine:swarm_leave { force = true } end)
  end,
}

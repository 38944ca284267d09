-- SPDX-License-Identifier: Apache-2.0
-- A service and what stands before it, on one network.
local rb = require "runbook"
local docker = require "docker"

return rb.runbook {
  summary = "Bring up a service and its front",
  params = {
    release = rb.param.string { default = "1", help = "release of the service" },
    port = rb.param.int { default = 8080, help = "port of the front" },
  },
  permissions = { docker = { ["unix:///var/run/docker.sock"] = { "*" } } },
  run = function(p)
    local engine = docker.connect()
    engine:network_ensure "pair"
    engine:volume_ensure "pair-data"
    rb.step("service", { undo = rb.revert }, function()
      engine:container_ensure {
        name = "pair-service", image = "app:" .. p.release, networks = { "pair" }, volumes = { "pair-data:/data" },
        restart = "unless-stopped",
      }
      engine:container_wait_healthy("pair-service", { timeout = "20s" })
    end)
    rb.step("front", { undo = rb.revert }, function()
      engine:container_ensure {
        name = "pair-front", image = "front:1", networks = { "pair" }, ports = { ("127.0.0.1:%d:80"):format(p.port) },
      }
    end)
  end,
}

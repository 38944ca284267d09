-- SPDX-License-Identifier: Apache-2.0
-- A service in a swarm, with a secret and a config, on a labelled node.
local rb = require "runbook"
local docker = require "docker"

return rb.runbook {
  summary = "Bring up an exam",
  params = {
    release = rb.param.string { default = "1", help = "release of the service" },
    replicas = rb.param.int { default = 1, help = "number of tasks" },
  },
  permissions = { docker = { ["unix:///var/run/docker.sock"] = { "*" } } },
  run = function(p)
    local engine = docker.connect()
    local tls, config
    rb.step("node", { undo = rb.revert }, function()
      engine:node_update("worker1", { labels = { exam = "yes" } })
    end)
    rb.step("network", { undo = rb.revert }, function()
      engine:network_ensure("exam", { driver = "overlay", attachable = true })
    end)
    rb.step("secrets", { undo = rb.revert }, function()
      tls = engine:secret_version { name = "exam-tls", data = "private key " .. p.release }
      config = engine:config_version { name = "exam-conf", data = "config " .. p.release }
      return { tls = tls.name, config = config.name }
    end)
    rb.step("service", { undo = rb.revert }, function()
      local names = { tls = tls and tls.name, config = config and config.name }
      if not names.tls then
        names.tls = engine:secret_version_find({ name = "exam-tls", data = "private key " .. p.release }).name
        names.config = engine:config_version_find({ name = "exam-conf", data = "config " .. p.release }).name
      end
      engine:service_ensure {
        name = "exam-web", image = "app:" .. p.release, networks = { "exam" }, secrets = { { secret = names.tls, target = "tls" } },
        configs = { { config = names.config, target = "/etc/app.conf" } }, constraints = { "node.labels.exam == yes" },
        endpoint_mode = "dnsrr", update = { failure_action = "rollback", monitor = "2s" },
      }
      engine:service_wait("exam-web", { timeout = "60s", monitor = "1s" })
    end)
    if p.replicas ~= 1 then
      rb.step("scale", { undo = rb.revert }, function() engine:service_scale("exam-web", p.replicas) end)
    end
  end,
}

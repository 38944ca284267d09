#!/usr/bin/env runbook
-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local docker = require "docker"
local stack = require "stack"

return rb.runbook {
  summary = "Remove a stack: its services, secrets, configs and networks; volumes stay",
  doc = "README.md#removing",
  params = {
    name = rb.param.string { pattern = "^[%w][%w_-]*$", help = "name of the stack" },
    engine = rb.param.string { default = "unix:///var/run/docker.sock", help = "an engine that is a manager of the swarm" },
    within = rb.param.duration { default = "2m", help = "how long it may take until nothing is left" },
  },
  permissions = {
    docker = {
      ["{engine}"] = { "swarm.get", "service.list", "network.list", "secret.list", "config.list", "task.list", "node.list",
                       "service.remove:*", "network.get:*", "network.remove:*", "secret.remove:*", "config.remove:*" },
    },
  },
  lock = "stack/{name}",

  run = function(p)
    local engine <close> = docker.connect(p.engine)
    local gone = stack.remove(engine, p.name, { timeout = p.within })
    if rb.dry_run() then return end
    if not gone.found then
      print(("there is no stack '%s'"):format(p.name))
    else
      print(("%s: removed %d services, %d networks, %d secrets, %d configs"):format(p.name, gone.services, gone.networks, gone.secrets,
        gone.configs))
    end
  end,
}

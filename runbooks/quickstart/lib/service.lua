-- SPDX-License-Identifier: Apache-2.0
-- What the quickstart's runbooks share: parameters, permissions, and the choice between an engine and this machine.
local rb = require "runbook"

local M = {}

-- The parameters of every runbook here, with those of one of them.
function M.params(more)
  local params = {
    target = rb.param.enum { "docker", "local", default = "docker", help = "containers on an engine, or processes on this machine" },
    name = rb.param.string { default = "quickstart", pattern = "^[a-z][a-z0-9-]*$", help = "name of the service" },
    port = rb.param.int { default = 8080, min = 1024, max = 65000, help = "port of the front, on 127.0.0.1" },
    dir = rb.param.path { default = "state", help = "directory for the switch, the data and the releases" },
    engine = rb.param.string { default = "unix:///var/run/docker.sock", help = "the Docker engine" },
    build = rb.param.path { default = "../../build/quickstart", help = "directory with the program and its Dockerfile" },
  }
  for name, param in pairs(more) do params[name] = param end
  return params
end

M.permissions = {
  read = { "{build}", "{dir}" },
  write = { "{dir}" },
  run = { "{dir}/releases/*/quickstart-app", "{dir}/front/quickstart-app", "process:{name}-*" },
  net = { "http://127.0.0.1:*" },
  docker = {
    ["{engine}"] = { "image.*:{name}:*", "image.list", "network.*:{name}", "volume.*:{name}-data", "container.*:{name}-*" },
  },
  db = { "sqlite:{dir}/data/visits.db" },
}

-- The service on the chosen target, as bluegreen.deploy wants it.
function M.connect(p)
  return require(p.target == "docker" and "on_docker" or "on_machine")(p)
end

return M

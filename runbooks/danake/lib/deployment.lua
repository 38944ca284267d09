-- SPDX-License-Identifier: Apache-2.0
-- Bringing the stack to what its file, the images and the configuration say: what deploy.lua does, and a rotation.
local rb = require "runbook"
local http = require "http"
local stack = require "stack"
local objects = require "objects"
local site = require "site"

local M = {}

-- Those parameters of site.lua that a deployment needs, but for the release.
M.OF_SITE = "confs normalize host https_port http_port without_tls registry resolve_image endpoint_mode publish_mode settle wait"

function M.params(more)
  local params = {
    stack_file = rb.param.path { default = "danake.yml", help = "the stack file" },
    override = rb.param.path { default = "danake.yml", help = "a stack file over it; the same one: none" },
    monitor_port = rb.param.int { default = 9443, min = 1, max = 65535, help = "port of the monitor" },
    portainer_image = rb.param.string { default = "portainer/portainer-ce:2.19.5", help = "image of the monitor" },
    agent_image = rb.param.string { default = "portainer/agent:2.19.5", help = "image of its agents" },
    volumes_dir = rb.param.string { default = "/var/lib/docker/volumes", help = "where the nodes' engines keep volumes" },
  }
  for name, param in pairs(more or {}) do params[name] = param end
  return params
end

-- The permissions of a deployment, and further ones.
function M.permissions(more)
  local docker = {
    "swarm.get", "version", "info", "node.list", "task.list", "service.list", "service.*:{stack}_*", "network.list", "network.*:{stack}_*",
    "secret.list", "secret.*:{stack}_*", "config.list", "config.*:{stack}_*", "image.digest",
  }
  for _, one in ipairs(more.docker or {}) do docker[#docker + 1] = one end
  local read = { "{confs}", "{stack_file}", "{override}" }
  for _, one in ipairs(more.read or {}) do read[#read + 1] = one end
  -- What the agent of the monitor mounts.
  local write = { "/var/run/docker.sock", "{volumes_dir}" }
  for _, one in ipairs(more.write or {}) do write[#write + 1] = one end
  return {
    docker = { ["{engine}"] = docker }, read = read, write = write, run = more.run,
    net = { "https://{host}", "http://{host}", "https://{host}:*", "http://{host}:*" },
  }
end

local function variables(engine, p)
  local values = objects.variables(engine, p)
  values.DANAKE_REGISTRY, values.DANAKE_VERSION = p.registry, p.release
  values.DANAKE_HTTP_PORT, values.DANAKE_HTTPS_PORT = tostring(p.http_port), tostring(p.https_port)
  values.DANAKE_MONITOR_PORT = tostring(p.monitor_port)
  values.DANAKE_PUBLISH_MODE, values.DANAKE_ENDPOINT_MODE = p.publish_mode, p.endpoint_mode
  values.DANAKE_PORTAINER_IMAGE, values.DANAKE_AGENT_IMAGE = p.portainer_image, p.agent_image
  values.DANAKE_VOLUMES_DIR = p.volumes_dir
  return values
end

-- The stack as a client sees it: the site answers by the certificate that is ours, and the plain port leads to it.
local function prove(p)
  rb.wait_until(site.url(p, "/da/") .. " answers 200", { timeout = p.wait, every = "1s" }, function()
    return http.fetch(site.url(p, "/da/"), site.http_options(p, { timeout = "10s" })).status == 200
  end)
  local plain = http.fetch(("http://%s:%d/"):format(p.host, p.http_port), { timeout = "10s" })
  if plain.status ~= 301 then
    rb.fail("danake.no_redirect", ("port %d answers %d and does not lead to the site"):format(p.http_port, plain.status))
  end
end

function M.deploy(engine, p)
  local values = variables(engine, p)
  local files = { p.stack_file }
  if p.override ~= p.stack_file then files[2] = p.override end
  local model = stack.load(files, { variables = values })
  local done = stack.deploy(engine, model, p.stack, { resolve_image = p.resolve_image, timeout = p.wait, monitor = p.settle })
  if not rb.dry_run() then
    rb.step("see the site answer", { doc = "README.md#deploy", idempotent = true }, function() prove(p) end)
  end
  return done
end

return M

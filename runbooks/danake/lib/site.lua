-- SPDX-License-Identifier: Apache-2.0
-- What the runbooks of this folder share: parameters, names, labels, and the engines they speak to.
local rb = require "runbook"
local docker = require "docker"
local inventory = require "inventory"

local M = {}

M.STACK = "com.docker.stack.namespace"
M.SITE = "danake.site" -- on each object that these runbooks make: which stack it belongs to
M.ROLE = "danake.role"
M.HOST = "danake.host"

local PARAMS = {
  engine = rb.param.string { default = "unix:///var/run/docker.sock",
    help = "a manager of the swarm: unix:///path, ssh://user@host or context://name of the docker CLI" },
  stack = rb.param.string { default = "danake", pattern = "^[a-z][a-z0-9-]*$", max = 30,
    help = "name of the stack, and of all that belongs to it" },
  confs = rb.param.path { default = "confs", help = "directory of the configuration" },
  normalize = rb.param.bool { default = false, help = "take a list of students as other programs write it" },
  nodes = rb.param.path { default = "nodes.yaml", help = "inventory of the nodes: how each is reached over SSH" },
  host = rb.param.string { default = "localhost", help = "name under which the site is reached" },
  https_port = rb.param.int { default = 443, min = 1, max = 65535, help = "port of the site" },
  http_port = rb.param.int { default = 80, min = 1, max = 65535, help = "port that leads to it" },
  without_tls = rb.param.bool { default = false, help = "the router speaks HTTP on the site's port as well: a test bed's, without TLS" },
  release = rb.param.string { pattern = "^[%w][%w._-]*$", help = "release of the images" },
  registry = rb.param.string { default = "127.0.0.1:5000", pattern = "^[%w][%w./:-]*$", help = "registry of the images" },
  resolve_image = rb.param.enum { "always", "changed", "never", default = "always",
    help = "when the registry is asked which image a tag is" },
  endpoint_mode = rb.param.enum { "vip", "dnsrr", default = "vip",
    help = "how services are found on their networks; dnsrr where a kernel has no IP_VS" },
  publish_mode = rb.param.enum { "ingress", "host", default = "ingress",
    help = "whether every node answers on the ports, or those that run the router" },
  settle = rb.param.duration { default = "5s", help = "how long a service must run to count as running" },
  wait = rb.param.duration { default = "5m", help = "how long it may take until all of it runs" },
}

-- Parameters by name, and further ones.
function M.params(names, more)
  local params = { engine = PARAMS.engine, stack = PARAMS.stack }
  for name in names:gmatch "%S+" do params[name] = assert(PARAMS[name], name) end
  for name, param in pairs(more or {}) do params[name] = param end
  return params
end

-- Permissions for what is done by `engine` and, as `on_nodes`, by those of the nodes, which the inventory names.
function M.engines(engine, on_nodes)
  return { ["{engine}"] = engine, ["ssh://*"] = on_nodes, ["ssh://*@*"] = on_nodes }
end

function M.connect(p) return docker.connect(p.engine) end

function M.url(p, path)
  local scheme, port = p.without_tls and "http" or "https", p.https_port
  local default = (scheme == "https" and 443 or 80) == port
  return ("%s://%s%s%s"):format(scheme, p.host, default and "" or ":" .. port, path)
end

-- Trust only what the configuration says is ours.
function M.http_options(p, options)
  options = options or {}
  if not p.without_tls then options.ca_file = p.confs .. "/certs/fullchain.pem" end
  return options
end

function M.network(p) return p.stack .. "_editor_network" end

function M.stack_services(engine, p) return engine:service_list { labels = { [M.STACK] = p.stack } } end

function M.editors(engine, p)
  local list = engine:service_list { labels = { [M.SITE] = p.stack, [M.ROLE] = "editor" } }
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

function M.uid_of(service) return service.name:match "^editor%-(.+)$" end

-- The stack has to run, or there is nothing to attach to.
function M.require_stack(engine, p)
  local services = M.stack_services(engine, p)
  if #services == 0 then
    rb.fail("danake.no_stack", ("the stack '%s' is not running"):format(p.stack), { hint = "runbook deploy.lua starts it" })
  end
  return services
end

-- The engine of a node of the swarm: the manager's own, or that of the machine of that name in the inventory.
function M.engine_of(engine, p, node)
  if engine:info().name == node then return engine, p.engine end
  local hosts = inventory.load(p.nodes)
  local host = hosts:get(node)
  return docker.connect("ssh://" .. host.address), "ssh://" .. host.address
end

-- The one task of a service that runs, with its node: where there are several it is not known whose data is meant.
function M.only_task(engine, service)
  local running = {}
  for _, task in ipairs(engine:task_list { service = service, desired_state = "running" }) do
    if task.state == "running" then running[#running + 1] = task end
  end
  if #running == 1 then return running[1] end
  rb.fail(#running == 0 and "danake.not_running" or "danake.several_tasks",
    #running == 0 and ("no task of '%s' is running"):format(service)
      or ("%d tasks of '%s' are running, each with a volume of its own node"):format(#running, service),
    { hint = "runbook status.lua shows where tasks are" })
end

return M

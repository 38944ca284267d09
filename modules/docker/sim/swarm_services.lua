-- SPDX-License-Identifier: Apache-2.0
-- Services of a simulated swarm: what they are to be. What runs of them is in swarm_tasks.lua.
local _, shared, engine = ...
local swarm, tasks, networks = engine.part "swarm", engine.part "swarm_tasks", engine.part "networks"

local function invalid(text, ...) shared.refuse(400, "rpc error: code = InvalidArgument desc = " .. text, ...) end

local function check_name(name)
  if not name:find("^%w[%w_-]*$") or not name:find("%w$") then invalid("name must be valid as a DNS name component") end
  if #name > 63 then invalid("name must be 63 characters or fewer") end
end

local function check_ports(cluster, spec, own)
  local endpoint = spec.EndpointSpec or {}
  for _, port in ipairs(endpoint.Ports or {}) do
    local ingress = (port.PublishMode or "ingress") == "ingress"
    if ingress and endpoint.Mode == "dnsrr" then
      invalid("EndpointSpec: port published with ingress mode can't be used with dnsrr mode")
    end
    for _, other in ipairs(ingress and cluster.services or {}) do
      for _, taken in ipairs(other ~= own and (other.Spec.EndpointSpec or {}).Ports or {}) do
        if (taken.PublishMode or "ingress") == "ingress" and taken.PublishedPort == port.PublishedPort and port.PublishedPort then
          invalid("port '%d' is already in use by service '%s' (%s) as an ingress port", port.PublishedPort, other.Spec.Name, other.ID)
        end
      end
    end
  end
end

local function check_references(cluster, container)
  for list, kind in pairs { Secrets = "Secret", Configs = "Config" } do
    for _, one in ipairs(container[list] or {}) do
      local found = swarm.find(cluster[list:lower()], one[kind .. "ID"] or "")
      if not found then invalid("%s not found", kind:lower() .. " " .. (one[kind .. "Name"] or "")) end
    end
  end
end

-- The description as it is kept: with what nobody asked for, and the ids of networks.
local function kept(cluster, spec, own)
  check_name(spec.Name or "")
  local task = spec.TaskTemplate or {}
  if not task.ContainerSpec or not task.ContainerSpec.Image then invalid("ContainerSpec: image reference must be provided") end
  check_ports(cluster, spec, own)
  check_references(cluster, task.ContainerSpec)
  spec.Labels, spec.TaskTemplate = spec.Labels or {}, task
  task.ForceUpdate, task.Runtime = task.ForceUpdate or 0, task.Runtime or "container"
  task.ContainerSpec.Isolation = task.ContainerSpec.Isolation or "default"
  if not spec.Mode or next(spec.Mode) == nil then spec.Mode = { Replicated = {} } end
  if spec.Mode.Replicated then spec.Mode.Replicated.Replicas = spec.Mode.Replicated.Replicas or 1 end
  spec.EndpointSpec = spec.EndpointSpec or {}
  spec.EndpointSpec.Mode = spec.EndpointSpec.Mode or "vip"
  for _, port in ipairs(spec.EndpointSpec.Ports or {}) do
    port.Protocol, port.PublishMode = port.Protocol or "tcp", port.PublishMode or "ingress"
  end
  for _, one in ipairs(task.Networks or {}) do one.Target = networks.get(one.Target).id end
  for _, key in ipairs { "UpdateConfig", "RollbackConfig" } do
    local config = spec[key]
    if config then
      config.FailureAction, config.Parallelism = config.FailureAction or "pause", config.Parallelism or 0
      config.Order = (config.Order or "") ~= "" and config.Order or "stop-first"
    end
  end
  return spec
end

local function published(service)
  local out = {}
  for at, port in ipairs(service.Spec.EndpointSpec.Ports or {}) do
    out[at] = shared.copy(port)
    if port.PublishMode == "ingress" and not port.PublishedPort then
      service.chosen_port = service.chosen_port or swarm.next_port()
      out[at].PublishedPort = service.chosen_port + at - 1
    end
  end
  return out
end

local function shown(service, with_status)
  local out = { ID = service.ID, Version = service.Version, CreatedAt = service.CreatedAt, UpdatedAt = service.UpdatedAt,
    Spec = service.Spec,
    PreviousSpec = service.PreviousSpec, UpdateStatus = service.UpdateStatus,
    Endpoint = { Spec = service.Spec.EndpointSpec, Ports = shared.list(published(service)) } }
  if with_status then out.ServiceStatus = tasks.status(service) end
  return out
end

local MODES = { Replicated = "replicated", Global = "global", ReplicatedJob = "replicated-job", GlobalJob = "global-job" }

local filters = {
  id = function(service, value) return service.ID:sub(1, #value) == value end,
  name = function(service, value) return service.Spec.Name:sub(1, #value) == value end,
  label = function(service, value) return shared.has_label(service.Spec.Labels, value) end,
  mode = function(service, value) return MODES[next(service.Spec.Mode)] == value end,
}

local function get(name) return swarm.find(swarm.cluster().services, name) or shared.refuse(404, "service %s not found", name) end

engine.route("POST", "/services/create", function(request)
  local cluster = swarm.cluster()
  local spec = kept(cluster, request.json)
  for _, other in ipairs(cluster.services) do
    if other.Spec.Name == spec.Name then
      shared.refuse(409, "rpc error: code = AlreadyExists desc = name conflicts with an existing object: service %s already exists",
        spec.Name)
    end
  end
  local service = swarm.touch { ID = swarm.id("service"), Spec = spec }
  table.insert(cluster.services, service)
  engine.settle()
  return { status = 201, json = { ID = service.ID } }
end)

engine.route("GET", "/services", function(request)
  local rows = {}
  for _, service in ipairs(shared.filtered(swarm.cluster().services, request.query.filters, filters)) do
    rows[#rows + 1] = shown(service, request.query.status == "true")
  end
  return { json = shared.list(rows) }
end)

engine.route("GET", "/services/{name}", function(request) return { json = shown(get(request.args.name)) } end)

engine.route("POST", "/services/{name}/update", function(request)
  local cluster, service = swarm.cluster(), get(request.args.name)
  swarm.check_version(service, request)
  local back = request.query.rollback == "previous"
  if back and not service.PreviousSpec then
    shared.refuse(400, "rpc error: code = FailedPrecondition desc = service %s does not have a previous spec", service.Spec.Name)
  end
  local spec = back and service.PreviousSpec or kept(cluster, request.json, service)
  service.PreviousSpec, service.Spec = not back and service.Spec or nil, spec
  swarm.touch(service)
  tasks.update(service, back and "manually requested rollback")
  engine.settle()
  return { json = { Warnings = shared.null } }
end)

engine.route("DELETE", "/services/{name}", function(request)
  local service = get(request.args.name)
  swarm.remove(swarm.cluster().services, service)
  tasks.forget(service)
  return { status = 200 }
end)

-- Tasks.

local task_filters = {
  id = function(task, value) return task.ID:sub(1, #value) == value end,
  service = function(task, value) return get(value).ID == task.ServiceID end,
  node = function(task, value)
    local node = swarm.find(swarm.cluster().nodes, value)
    return node ~= nil and node.ID == task.NodeID
  end,
  label = function(task, value) return shared.has_label(swarm.find(swarm.cluster().services, task.ServiceID).Spec.Labels, value) end,
  ["desired-state"] = function(task, value) return task.DesiredState == value end,
  ["_up-to-date"] = function(task) return not tasks.is_dirty(swarm.find(swarm.cluster().services, task.ServiceID), task) end,
}

local function task_shown(task)
  local status, container = shared.copy(task.Status), task.container
  if container then
    status.ContainerStatus = { ContainerID = container.id, PID = container.pid or 0, ExitCode = container.status == "exited"
      and container.exit_code or 0 }
  end
  return { ID = task.ID, Version = task.Version, CreatedAt = task.CreatedAt, UpdatedAt = task.UpdatedAt, Labels = {}, Spec = task.Spec,
    ServiceID = task.ServiceID, Slot = task.Slot, NodeID = task.NodeID, Status = status, DesiredState = task.DesiredState }
end

engine.route("GET", "/tasks", function(request)
  local cluster, rows = swarm.cluster(), {}
  local wanted = request.query.filters and request.query.filters:match('"service":%[(.-)%]')
  for name in (wanted or ""):gmatch('"([^"]*)"') do get(name) end
  for _, task in ipairs(shared.filtered(cluster.tasks, request.query.filters, task_filters)) do rows[#rows + 1] = task_shown(task) end
  return { json = shared.list(rows) }
end)

local function get_task(id) return swarm.find(swarm.cluster().tasks, id) or shared.refuse(404, "task %s not found", id) end

engine.route("GET", "/tasks/{name}", function(request) return { json = task_shown(get_task(request.args.name)) } end)

local function log_route(path, of)
  engine.route("GET", path, function(request)
    local query, entries = request.query, {}
    for _, task in ipairs(of(request.args.name)) do
      for _, entry in ipairs(task.container and task.container.log or {}) do entries[#entries + 1] = { task = task, entry = entry } end
    end
    table.sort(entries, function(a, b) return a.entry.at < b.entry.at end)
    local tail, parts = math.tointeger(tonumber(query.tail)) or #entries, {}
    for at = math.max(1, #entries - tail + 1), #entries do
      local task, entry = entries[at].task, entries[at].entry
      local text = ("com.docker.swarm.node.id=%s,com.docker.swarm.service.id=%s,com.docker.swarm.task.id=%s %s"):format(task.NodeID,
        task.ServiceID, task.ID, entry.text)
      if query.timestamps == "1" then text = shared.stamp(entry.at) .. " " .. text end
      parts[#parts + 1] = task.container.config.Tty and text
        or string.pack(">I1I3I4", entry.stream == "stderr" and 2 or 1, 0, #text) .. text
    end
    return { body = table.concat(parts) }
  end)
end

log_route("/services/{name}/logs", function(name)
  local service, out = get(name), {}
  for _, task in ipairs(swarm.cluster().tasks) do
    if task.ServiceID == service.ID then out[#out + 1] = task end
  end
  return out
end)
log_route("/tasks/{name}/logs", function(id) return { get_task(id) } end)


-- SPDX-License-Identifier: Apache-2.0
-- What runs of the services of a simulated swarm: on which node, since when, and what takes the place of what ended. As
-- with containers, whoever looks first settles what has happened since.
local sim, shared, engine = ...
local crypto, json = require "crypto", require "json"
local swarm, networks = engine.part "swarm", engine.part "networks"
local placement = engine.part "swarm_placement"

local M = {}
local HISTORY = 4
local ENDED = { complete = true, failed = true, rejected = true, shutdown = true }

local function template(service) return json.encode { service.Spec.TaskTemplate, service.Spec.EndpointSpec } end

function M.is_dirty(service, task) return service == nil or task.template ~= template(service) end

local function set(task, state, message, problem)
  if task.Status and task.Status.State == state and task.Status.Err == problem then return end
  task.Status = { State = state, Message = message, Err = problem, Timestamp = shared.moment(sim.now()) }
  swarm.touch(task)
end

local function tasks_of(service)
  local out = {}
  for _, task in ipairs(engine.swarm.cluster.tasks) do
    if task.ServiceID == service.ID then out[#out + 1] = task end
  end
  return out
end

function M.status(service)
  local running, desired = 0, 0
  for _, task in ipairs(tasks_of(service)) do
    if task.DesiredState == "running" then
      desired = desired + 1
      running = running + (task.Status.State == "running" and 1 or 0)
    end
  end
  if service.Spec.Mode.Replicated then desired = service.Spec.Mode.Replicated.Replicas end
  return { RunningTasks = running, DesiredTasks = desired, CompletedTasks = 0 }
end

-- Containers of tasks.

local function attach(service, task, container)
  container.endpoints = {}
  for _, one in ipairs(task.Spec.Networks or {}) do
    local network = networks.find(one.Target)
    local aliases = shared.copy(one.Aliases) or {}
    aliases[#aliases + 1], aliases[#aliases + 2] = service.Spec.Name, "tasks." .. service.Spec.Name
    if network then container.endpoints[network.name] = { aliases = aliases } end
  end
end

-- Where secrets and configs are in the container.
local function give_files(task, container)
  container.files = container.files or {}
  local cluster, spec = engine.swarm.cluster, task.Spec.ContainerSpec
  local function give(list, kind, directory)
    for _, one in ipairs(spec[list] or {}) do
      local object = swarm.find(cluster[list:lower()], one[kind .. "ID"])
      local name = one.File and one.File.Name or one[kind .. "Name"]
      if object and object.Spec.Data then
        container.files[name:find("^/") and name or directory .. name] = crypto.base64_decode(object.Spec.Data)
      end
    end
  end
  give("Secrets", "Secret", "/run/secrets/")
  give("Configs", "Config", "/")
end

local function container_body(service, task)
  local spec = task.Spec.ContainerSpec
  local bindings, exposed = {}, {}
  for _, port in ipairs(service.Spec.EndpointSpec.Ports or {}) do
    if port.PublishMode == "host" then
      local key = ("%d/%s"):format(port.TargetPort, port.Protocol or "tcp")
      bindings[key], exposed[key] = { { HostIp = "", HostPort = tostring(port.PublishedPort or "") } }, {}
    end
  end
  local labels = shared.copy(spec.Labels) or {}
  labels["com.docker.swarm.service.name"], labels["com.docker.swarm.task.id"] = service.Spec.Name, task.ID
  return {
    Image = spec.Image, Entrypoint = spec.Command, Cmd = spec.Args, Env = spec.Env, Hostname = spec.Hostname, User = spec.User,
    WorkingDir = spec.Dir, Tty = spec.TTY, Labels = labels, Healthcheck = spec.Healthcheck, ExposedPorts = exposed,
    HostConfig = { PortBindings = bindings, Mounts = shared.copy(spec.Mounts) },
  }
end

local function run(service, task)
  local node = swarm.find(engine.swarm.cluster.nodes, task.NodeID)
  local at = node.engine or engine
  local name = ("%s.%s.%s"):format(service.Spec.Name, task.Slot or task.NodeID, task.ID)
  local missing = placement.missing_source(task.Spec.ContainerSpec)
  if missing then return set(task, "rejected", "preparing", 'invalid mount config for type "bind": bind source path does not exist: '
    .. missing) end
  local ok, problem = pcall(at.handle, "POST", "/containers/create", { query = { name = name }, json = container_body(service, task) })
  if ok then
    task.container, task.engine = at.find_container(name), at
    task.container.elsewhere = node.engine == nil or nil
    attach(service, task, task.container)
    give_files(task, task.container)
    ok, problem = pcall(at.handle, "POST", "/containers/" .. name .. "/start", { query = {} })
  end
  if ok then return set(task, "starting", "starting") end
  if type(problem) ~= "table" or not problem.refusal then error(problem, 0) end
  local words = problem.refusal.json.message
  if task.container then return set(task, "failed", "starting", '"starting container failed: ' .. words .. '"') end
  set(task, "rejected", "preparing", words)
end

local function dispose(task)
  local container = task.container
  if not container then return end
  if container.status == "running" then task.engine.part("life").kill(container) end
  for at, other in ipairs(task.engine.containers) do
    if other == container then table.remove(task.engine.containers, at) break end
  end
end

local function shut_down(task)
  task.DesiredState = "shutdown"
  if ENDED[task.Status.State] then return end
  local life = task.container and task.container.life
  if task.container and task.container.status == "running" then
    local code = life and type(life.stops) == "number" and life.stops or 0
    task.engine.part("life").kill(task.container, code)
  end
  set(task, "shutdown", "shutdown")
end

-- Follows what its container does.
local function observe(task)
  local container = task.container
  if not container or ENDED[task.Status.State] then return end
  if container.status == "exited" then
    if container.exit_code == 0 then return set(task, "complete", "finished") end
    return set(task, "failed", "started", ("task: non-zero exit (%d)"):format(container.exit_code))
  end
  local health = container.health and container.health.status
  if health == "unhealthy" then
    task.engine.part("life").kill(container)
    return set(task, "failed", "started", "task: non-zero exit (137): dockerexec: unhealthy container")
  end
  if health == "starting" then return set(task, "starting", "starting") end
  set(task, "running", "started")
end

local function schedule(service, task)
  if task.Status.State ~= "new" and task.Status.State ~= "pending" then return end
  local node, problem = placement.choose(service, task)
  if not node then return set(task, "pending", "pending task scheduling", problem) end
  task.NodeID = node.ID
  run(service, task)
end

local function make(service, slot, node, ready_at)
  local task = { ID = swarm.id("task"), ServiceID = service.ID, Slot = slot, wanted_node = node and node.ID, NodeID = node and node.ID,
    Spec = shared.copy(service.Spec.TaskTemplate), template = template(service), ready_at = ready_at, born = sim.now(),
    DesiredState = ready_at and "ready" or "running", attempts = 0 }
  set(task, ready_at and "ready" or "new", ready_at and "prepared" or "created")
  table.insert(engine.swarm.cluster.tasks, task)
  return task
end

local function key_of(task) return task.Slot or task.wanted_node end

-- The tasks that count, by slot or node: one each.
local function current(service)
  local out = {}
  for _, task in ipairs(tasks_of(service)) do
    if task.DesiredState ~= "shutdown" then out[key_of(task)] = task end
  end
  return out
end

local function trim(service, key)
  local old = {}
  for _, task in ipairs(tasks_of(service)) do
    if key_of(task) == key and task.DesiredState == "shutdown" then old[#old + 1] = task end
  end
  for at = 1, #old - HISTORY do
    dispose(old[at])
    swarm.remove(engine.swarm.cluster.tasks, old[at])
  end
end

-- What ended is replaced, after a pause, as the policy says.
local function restart(service, task)
  if not ENDED[task.Status.State] or task.DesiredState ~= "running" then return end
  local policy = service.Spec.TaskTemplate.RestartPolicy or {}
  local condition = policy.Condition and policy.Condition ~= "" and policy.Condition or "any"
  task.DesiredState = "shutdown"
  local wanted = condition == "any" or condition == "on-failure" and task.Status.State ~= "complete"
  local most = policy.MaxAttempts or 0
  if not wanted or most > 0 and task.attempts >= most then
    task.DesiredState, task.given_up = "shutdown", true
    return
  end
  local node = task.wanted_node and swarm.find(engine.swarm.cluster.nodes, task.wanted_node)
  local fresh = make(service, task.Slot, node, sim.now() + (policy.Delay or 5000000000) / 1e9)
  fresh.attempts = task.attempts + 1
  trim(service, key_of(task))
end

local function wanted_keys(service)
  local keys, order = {}, {}
  local function want(key, node)
    keys[key], order[#order + 1] = { node = node }, key
  end
  if service.Spec.Mode.Replicated then
    for slot = 1, service.Spec.Mode.Replicated.Replicas do want(slot) end
  else
    for _, node in ipairs(engine.swarm.cluster.nodes) do
      if placement.fits(service, node) then want(node.ID, node) end
    end
  end
  return keys, order
end

local function given_up(service, key)
  for _, task in ipairs(tasks_of(service)) do
    if key_of(task) == key and task.given_up and not M.is_dirty(service, task) then return true end
  end
  return false
end

local function fill(service)
  local keys, order = wanted_keys(service)
  local there = current(service)
  for key, task in pairs(there) do
    if not keys[key] then
      shut_down(task)
      dispose(task)
      swarm.remove(engine.swarm.cluster.tasks, task)
    end
  end
  for _, key in ipairs(order) do
    if not there[key] and not given_up(service, key) then make(service, type(key) == "number" and key or nil, keys[key].node) end
  end
end

function M.replace(service, task)
  shut_down(task)
  local node = task.wanted_node and swarm.find(engine.swarm.cluster.nodes, task.wanted_node)
  local fresh = make(service, task.Slot, node)
  trim(service, key_of(task))
  return fresh
end
M.current = current

-- The service whose tasks are on the network.
function M.user_of(network)
  for _, service in ipairs(engine.swarm and engine.swarm.cluster.services or {}) do
    for _, one in ipairs(service.Spec.TaskTemplate.Networks or {}) do
      if one.Target == network.id then return "service " .. service.ID end
    end
  end
end

function M.update(service, manual) engine.part("swarm_updates").begin(service, manual) end

function M.forget(service)
  for _, task in ipairs(tasks_of(service)) do
    dispose(task)
    swarm.remove(engine.swarm.cluster.tasks, task)
  end
end

-- A node that leaves takes its tasks with it.
function M.clear(node)
  for _, task in ipairs(shared.copy_list(engine.swarm.cluster.tasks)) do
    if task.NodeID == node.ID then
      dispose(task)
      swarm.remove(engine.swarm.cluster.tasks, task)
    end
  end
end

local function drained(task)
  local node = task.NodeID and swarm.find(engine.swarm.cluster.nodes, task.NodeID)
  return node and (node.Spec.Availability == "drain" or node.state == "down")
end

local function settle_service(service)
  for _, task in ipairs(tasks_of(service)) do
    observe(task)
    restart(service, task)
    if task.ready_at and task.ready_at <= sim.now() then
      task.ready_at, task.DesiredState = nil, "running"
      set(task, "new", "created")
    end
    if task.DesiredState == "running" and not ENDED[task.Status.State] and drained(task) and not task.wanted_node then M.replace(service,
      task) end
  end
  fill(service)
  for _, task in ipairs(tasks_of(service)) do
    if task.DesiredState == "running" then
      schedule(service, task)
      observe(task)
    end
  end
  engine.part("swarm_updates").go_on(service)
end

local settle_containers = engine.settle
engine.settle_containers = settle_containers

function engine.settle()
  settle_containers()
  if not engine.swarm then return end
  for _, node in ipairs(engine.swarm.cluster.nodes) do
    if node.engine and node.engine ~= engine then node.engine.settle_containers() end
  end
  for _, service in ipairs(engine.swarm.cluster.services) do settle_service(service) end
end

return M

-- SPDX-License-Identifier: Apache-2.0
-- One service of a model as a service of the engine.
local container_spec = ...

local function endpoint(tools, service)
  local ports = {}
  for index, port in ipairs(service.ports or {}) do
    ports[index] = { Protocol = tools.given(port.protocol), TargetPort = tools.given(port.target),
                     PublishedPort = tools.given(port.published), PublishMode = tools.given(port.mode) }
  end
  local order = {}
  for index, port in ipairs(ports) do
    order[port] = ("%06d %06d %s %s %06d"):format(port.PublishedPort or 0, port.TargetPort or 0, port.Protocol or "",
      port.PublishMode or "", index)
  end
  table.sort(ports, function(a, b) return order[a] < order[b] end)
  return { Mode = tools.given((service.deploy or {}).endpoint_mode), Ports = tools.given(ports) }
end

local function mode(deploy)
  if deploy.mode == "global" then return { Global = {} } end
  if deploy.mode == "global-job" then return { GlobalJob = {} } end
  if deploy.mode == "replicated-job" then
    return { ReplicatedJob = { MaxConcurrent = deploy.replicas, TotalCompletions = deploy.replicas } }
  end
  return { Replicated = { Replicas = deploy.replicas } }
end

-- Where the block is there, one task at a time; where it is not, nothing.
local function update(tools, block)
  if not block then return nil end
  return { Parallelism = block.parallelism or 1, Delay = tools.given(block.delay), FailureAction = tools.given(block.failure_action),
           Monitor = tools.given(block.monitor), MaxFailureRatio = block.max_failure_ratio or 0, Order = block.order or "" }
end

local function resources(tools, source)
  local function common(part) return { NanoCPUs = tools.given(part.cpus), MemoryBytes = tools.given(part.memory) } end
  local made, limits, reservations = {}, (source or {}).limits, (source or {}).reservations
  if limits then
    made.Limits = common(limits)
    made.Limits.Pids = tools.given(limits.pids)
  end
  if reservations then
    made.Reservations = common(reservations)
    for index, one in ipairs(reservations.generic_resources or {}) do
      local spec = one.discrete_resource_spec
      made.Reservations.GenericResources = made.Reservations.GenericResources or {}
      made.Reservations.GenericResources[index] =
        { DiscreteResourceSpec = spec and { Kind = tools.given(spec.kind), Value = tools.given(spec.value) } or nil }
    end
  end
  return made
end

local CONDITION = { always = "any", ["unless-stopped"] = "any", ["on-failure"] = "on-failure" }

-- `restart` counts where there is no restart_policy.
local function restart_policy(tools, service)
  local policy = (service.deploy or {}).restart_policy
  if policy then
    return { Condition = tools.given(policy.condition), Delay = policy.delay, MaxAttempts = policy.max_attempts, Window = policy.window }
  end
  local name, count = (service.restart or ""):match("^([^:]*):?(.*)$")
  local attempts = name == "on-failure" and (math.tointeger(tonumber(count)) or 0) or nil
  return CONDITION[name] and { Condition = CONDITION[name], MaxAttempts = attempts } or nil
end

local function placement(tools, source)
  local preferences = {}
  for index, one in ipairs(source.preferences or {}) do preferences[index] = { Spread = { SpreadDescriptor = one.spread or "" } } end
  return { Constraints = tools.given(source.constraints), Preferences = tools.given(preferences),
           MaxReplicas = tools.given(source.max_replicas_per_node) }
end

local PREDEFINED = { default = true, bridge = true, host = true, none = true }

-- Its own name is an alias in every network but those of the engine itself.
local function attachments(tools, model, name, key)
  local made = {}
  for network, own in pairs(tools.given(model.services[key].networks) or { default = {} }) do
    local target = tools.scoped(name, network, model.networks[network])
    local aliases = table.move(own.aliases or {}, 1, #(own.aliases or {}), 1, {})
    if not PREDEFINED[target] then aliases[#aliases + 1] = key end
    made[#made + 1] = { Target = target, Aliases = tools.given(aliases), DriverOpts = tools.given(own.driver_opts) }
  end
  table.sort(made, function(a, b) return a.Target < b.Target end)
  return made
end

return function(tools, model, name, key)
  local service = model.services[key]
  local deploy, logging = service.deploy or {}, service.logging
  local labels = tools.labels(name, deploy.labels)
  labels["com.docker.stack.image"] = service.image
  return {
    Name = name .. "_" .. key, Labels = labels, Mode = mode(deploy), EndpointSpec = endpoint(tools, service),
    UpdateConfig = update(tools, deploy.update_config), RollbackConfig = update(tools, deploy.rollback_config),
    TaskTemplate = {
      ContainerSpec = container_spec(tools, model, name, service),
      LogDriver = logging and { Name = tools.given(logging.driver), Options = tools.given(logging.options) } or nil,
      Resources = resources(tools, deploy.resources), RestartPolicy = restart_policy(tools, service),
      Placement = placement(tools, deploy.placement or {}), Networks = attachments(tools, model, name, key),
    },
  }
end

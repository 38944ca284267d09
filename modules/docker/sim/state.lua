-- SPDX-License-Identifier: Apache-2.0
-- What a test sees of a simulated engine: lists of what there is, and its state without ids and times, by which the ends
-- of two runs are compared.
local _, shared, engine, view = ...
local crypto = require "crypto"
local images, networks, volumes = engine.part "images", engine.part "networks", engine.part "volumes"

local function container_of(container)
  local mounts, names = {}, {}
  for _, mount in ipairs(container.mounts) do
    local volume = mount.Name and engine.volumes[mount.Name]
    mounts[mount.Destination] = {
      type = mount.Type, source = volume and (volume.anonymous and "" or volume.name) or mount.Source, readonly = not mount.RW,
    }
  end
  for name, endpoint in pairs(container.endpoints) do names[name] = shared.copy(endpoint.aliases) or {} end
  return {
    name = container.name, image = container.config.Image, running = container.status == "running", command = container.argv,
    env = container.config.Env, labels = container.config.Labels, user = container.config.User, mounts = mounts, networks = names,
    ports = container.host.PortBindings, restart = container.host.RestartPolicy.Name, healthcheck = container.config.Healthcheck,
  }
end

local function containers()
  engine.settle()
  local out = {}
  for _, container in ipairs(engine.containers) do out[#out + 1] = container_of(container) end
  table.sort(out, function(a, b) return a.name < b.name end)
  return out
end

function view.containers()
  local out = containers()
  for _, item in ipairs(out) do
    local container = engine.find_container(item.name)
    item.id, item.state, item.exit_code = container.id, container.status, container.exit_code
    item.health, item.restarts = container.health and container.health.status, container.restarts
  end
  return out
end

-- One container, as its behaviour sees it.
function view.container(name)
  engine.settle()
  local found = engine.find_container(name)
  return found and engine.part("behaviour").handle(found)
end

function view.images()
  local out = {}
  for _, tag in ipairs(shared.sorted(engine.tags)) do
    out[#out + 1] = { tag = tag, id = engine.tags[tag], labels = engine.images[engine.tags[tag]].config.Labels or {} }
  end
  return out
end

local function members(network)
  local names = {}
  for _, member in ipairs(networks.members(network)) do names[#names + 1] = member.container.name end
  table.sort(names)
  return names
end

function view.networks()
  local out = {}
  for _, network in ipairs(engine.networks) do
    if not network.predefined then
      out[#out + 1] = { name = network.name, driver = network.driver, labels = network.labels, subnet = network.subnet,
        containers = members(network) }
    end
  end
  table.sort(out, function(a, b) return a.name < b.name end)
  return out
end

function view.volumes()
  local out = {}
  for _, volume in ipairs(volumes.all()) do
    out[#out + 1] = { name = volume.name, labels = volume.labels or {}, options = volume.options or {}, path = volumes.directory(volume) }
  end
  return out
end

local function by_name(list)
  local out = {}
  for _, item in ipairs(list) do out[item.name] = item end
  return out
end

-- What is in its swarm; empty where it is in none, or no manager.

local function cluster() return engine.swarm and engine.swarm.cluster or { services = {}, nodes = {}, secrets = {}, configs = {} } end

function view.services()
  engine.settle()
  local out = {}
  for _, service in ipairs(cluster().services) do
    local states = {}
    for _, task in pairs(engine.part("swarm_tasks").current(service)) do
      states[#states + 1] = { state = task.Status.State, error = task.Status.Err, slot = task.Slot, node = task.NodeID }
    end
    table.sort(states, function(a, b) return (a.slot or 0) < (b.slot or 0) end)
    out[#out + 1] = { name = service.Spec.Name, spec = shared.copy(service.Spec), labels = service.Spec.Labels, tasks = states,
      image = service.Spec.TaskTemplate.ContainerSpec.Image, update = service.UpdateStatus and service.UpdateStatus.State }
  end
  table.sort(out, function(a, b) return a.name < b.name end)
  return out
end

function view.nodes()
  local out = {}
  for _, node in ipairs(cluster().nodes) do
    out[#out + 1] = { name = node.Description.Hostname, id = node.ID, role = node.Spec.Role, availability = node.Spec.Availability,
      labels = node.Spec.Labels, state = node.state }
  end
  return out
end

for _, kind in ipairs { "secrets", "configs" } do
  view[kind] = function()
    local out = {}
    for _, object in ipairs(cluster()[kind]) do
      out[#out + 1] = { name = object.Spec.Name, labels = object.Spec.Labels, data = crypto.base64_decode(object.Spec.Data or "") }
    end
    table.sort(out, function(a, b) return a.name < b.name end)
    return out
  end
end

-- Without ids, which are others in every run.
local function swarm_state(state)
  if not engine.swarm then return end
  state.swarm = { services = {}, nodes = {}, secrets = by_name(view.secrets()), configs = by_name(view.configs()) }
  for _, service in ipairs(view.services()) do
    local spec = service.spec
    for _, one in ipairs(spec.TaskTemplate.Networks or {}) do one.Target = networks.find(one.Target) and networks.find(one.Target).name end
    for _, list in ipairs { "Secrets", "Configs" } do
      for _, one in ipairs(spec.TaskTemplate.ContainerSpec[list] or {}) do one.SecretID, one.ConfigID = nil, nil end
    end
    spec.TaskTemplate.ForceUpdate = nil
    state.swarm.services[service.name] = spec
  end
  for _, node in ipairs(view.nodes()) do
    state.swarm.nodes[node.name] = { role = node.role, availability = node.availability, labels = node.labels }
  end
end

function view.state()
  local state = { containers = by_name(containers()), networks = by_name(view.networks()), images = {}, volumes = {} }
  for _, network in pairs(state.networks) do network.subnet = nil end
  for _, tag in ipairs(shared.sorted(engine.tags)) do state.images[tag] = images.find(tag).config end
  for _, volume in ipairs(volumes.all()) do
    if not volume.anonymous then state.volumes[volume.name] = { labels = volume.labels or {}, options = volume.options or {} } end
  end
  swarm_state(state)
  return state
end

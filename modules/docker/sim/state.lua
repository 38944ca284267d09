-- SPDX-License-Identifier: Apache-2.0
-- What a test sees of a simulated engine: lists of what there is, and its state without ids and times, by which the ends
-- of two runs are compared.
local _, shared, engine, view = ...
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

function view.state()
  local state = { containers = by_name(containers()), networks = by_name(view.networks()), images = {}, volumes = {} }
  for _, network in pairs(state.networks) do network.subnet = nil end
  for _, tag in ipairs(shared.sorted(engine.tags)) do state.images[tag] = images.find(tag).config end
  for _, volume in ipairs(volumes.all()) do
    if not volume.anonymous then state.volumes[volume.name] = { labels = volume.labels or {}, options = volume.options or {} } end
  end
  return state
end

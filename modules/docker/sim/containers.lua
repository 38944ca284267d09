-- SPDX-License-Identifier: Apache-2.0
-- Containers of a simulated engine: made, shown, listed, renamed, removed.
local sim, shared, engine = ...
local here = require("machine").here()
local images, networks, volumes = engine.part "images", engine.part "networks", engine.part "volumes"

local M = {}
local NAME = "^[%w][%w_.%-]+$"
local POLICIES = { [""] = true, no = true, always = true, ["unless-stopped"] = true, ["on-failure"] = true }

function engine.find_container(name)
  name = name:gsub("^/", "")
  for _, key in ipairs { "id", "name" } do
    for _, container in ipairs(engine.containers) do
      if container[key] == name then return container end
    end
  end
  for _, container in ipairs(engine.containers) do
    if #name >= 4 and container.id:sub(1, #name) == name then return container end
  end
end

function engine.get_container(name) return engine.find_container(name) or shared.refuse(404, "No such container: %s", name) end

local DRIVERS = " none local json-file syslog journald gelf fluentd awslogs gcplogs splunk logentries "

local function named(name)
  for _, container in ipairs(engine.containers) do
    if container.name == name then return container end
  end
end

local function claim(name, words)
  if not name:find(NAME) then
    local shown = (words and "/" or "") .. name
    shared.refuse(400, "%sInvalid container name (%s), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", words or "", shown)
  end
  local other = named(name)
  if other then
    shared.refuse(409, '%sConflict. The container name "/%s" is already in use by container "%s". You have to remove (or rename) that '
      .. "container to be able to reuse that name.", words or "", name, other.id)
  end
end

local function check(config, host, networking)
  local policy = host.RestartPolicy and host.RestartPolicy.Name or ""
  if not POLICIES[policy] then shared.refuse(400, "invalid restart policy '%s'", policy) end
  if (host.Memory or 0) > 0 and host.Memory < 6 * 1024 * 1024 then shared.refuse(400, "Minimum memory limit allowed is 6MB") end
  if config.WorkingDir and config.WorkingDir ~= "" and not config.WorkingDir:find("^/") then
    shared.refuse(400, "the working directory '%s' is invalid, it needs to be an absolute path", config.WorkingDir)
  end
  if networking and #shared.sorted(networking.EndpointsConfig) > 1 then
    shared.refuse(400, "Container cannot be connected to network endpoints: %s",
      table.concat(shared.sorted(networking.EndpointsConfig), ", "))
  end
  local driver = host.LogConfig and host.LogConfig.Type or ""
  if driver ~= "" and not DRIVERS:find(" " .. driver .. " ", 1, true) then
    shared.refuse(400, 'error looking up logging plugin %s: plugin "%s" not found', driver, driver)
  end
  local targets = {}
  for _, mount in ipairs(host.Mounts or {}) do
    if mount.Type == "bind" and not here:find(mount.Source) then
      shared.refuse(400, 'invalid mount config for type "bind": bind source path does not exist: %s', mount.Source)
    end
    if targets[mount.Target] then shared.refuse(400, "Duplicate mount point: %s", mount.Target) end
    targets[mount.Target] = true
  end
end

local function merge_health(own, its)
  if not own or not its then return own or its end
  for key, value in pairs(its) do
    if own[key] == nil or own[key] == 0 then own[key] = value end
  end
  return own
end

-- What the image says holds where the container's maker says nothing.
local function merged(config, image)
  local its, own = image.config, shared.copy(config)
  own.HostConfig, own.NetworkingConfig = nil, nil
  local known = {}
  own.Env = own.Env or {}
  for _, entry in ipairs(own.Env) do known[entry:match("^[^=]*")] = true end
  for _, entry in ipairs(its.Env or {}) do
    if not known[entry:match("^[^=]*")] then own.Env[#own.Env + 1] = entry end
  end
  for _, key in ipairs { "Labels", "ExposedPorts", "Volumes" } do
    for name, value in pairs(its[key] or {}) do
      own[key] = own[key] or {}
      if own[key][name] == nil then own[key][name] = value end
    end
  end
  if not own.Entrypoint then
    own.Cmd = own.Cmd and #own.Cmd > 0 and own.Cmd or its.Cmd
    own.Entrypoint = its.Entrypoint
  end
  own.User = own.User or its.User or ""
  own.WorkingDir = own.WorkingDir or its.WorkingDir or ""
  own.StopSignal = own.StopSignal or its.StopSignal
  own.Healthcheck = merge_health(own.Healthcheck, its.Healthcheck)
  own.Labels = own.Labels or {}
  own.Image = config.Image
  return own
end

local function mounts_of(config, host)
  local out, seen = {}, {}
  local function volume(name, target, read_only, options)
    local anonymous = name == nil
    if anonymous then
      engine.made = engine.made + 1
      name = shared.id("volume", engine.made)
    end
    local made = volumes.ensure(name, { anonymous = anonymous, Labels = options and options.Labels })
    out[#out + 1] = { Type = "volume", Name = name, Source = made.path, Destination = target, Driver = "local",
      Mode = anonymous and "" or "z", RW = not read_only, Propagation = "" }
  end
  for _, mount in ipairs(host.Mounts or {}) do
    seen[mount.Target] = true
    if mount.Type == "volume" then volume(mount.Source, mount.Target, mount.ReadOnly, mount.VolumeOptions) else
      out[#out + 1] = { Type = mount.Type, Source = mount.Source or "", Destination = mount.Target, Mode = "", RW = not mount.ReadOnly,
        Propagation = mount.Type == "bind" and "rprivate" or "" }
    end
  end
  for _, target in ipairs(shared.sorted(config.Volumes)) do
    if not seen[target] then volume(nil, target) end
  end
  return out
end

engine.route("POST", "/containers/create", function(request)
  local spec = request.json
  local host, name = spec.HostConfig or {}, request.query.name
  if next(spec) == nil then shared.refuse(400, "Config cannot be empty in order to create a container") end
  check(spec, host, spec.NetworkingConfig)
  local image = images.get(spec.Image or "")
  engine.made = engine.made + 1
  local id = shared.id("container", engine.made)
  local config = merged(spec, image)
  local argv = {}
  for _, key in ipairs { "Entrypoint", "Cmd" } do
    for _, word in ipairs(config[key] or {}) do argv[#argv + 1] = word end
  end
  if #argv == 0 then shared.refuse(400, "No command specified") end
  name = name or "container_" .. engine.made
  claim(name)
  config.Hostname = config.Hostname or id:sub(1, 12)
  host.NetworkMode = host.NetworkMode or "default"
  host.RestartPolicy = host.RestartPolicy or { Name = "" }
  host.RestartPolicy.MaximumRetryCount = host.RestartPolicy.MaximumRetryCount or 0
  host.LogConfig = host.LogConfig or { Type = "json-file", Config = {} }
  local container = {
    id = id, name = name, config = config, host = host, image = image, argv = argv, created = sim.now(), status = "created", exit_code = 0,
    problem = "", restarts = 0, endpoints = {}, ports = {}, log = {}, mounts = mounts_of(config, host),
  }
  local mode = host.NetworkMode == "default" and "bridge" or host.NetworkMode
  if not mode:find("^container:") then
    local given = spec.NetworkingConfig and spec.NetworkingConfig.EndpointsConfig or {}
    container.endpoints[mode] = { aliases = given[mode] and given[mode].Aliases }
  end
  table.insert(engine.containers, container)
  engine.note_container(container, "create")
  return { status = 201, json = { Id = id, Warnings = shared.list() } }
end)

local function endpoints_of(container)
  local out = {}
  for name, endpoint in pairs(container.endpoints) do
    local network = networks.find(name)
    local aliases = shared.copy(endpoint.aliases) or {}
    -- A network of one's own answers to the short id, too.
    if network and not network.predefined and endpoint.network_id then aliases[#aliases + 1] = container.id:sub(1, 12) end
    out[name] = {
      NetworkID = endpoint.network_id or "", EndpointID = endpoint.id or "", IPAddress = endpoint.address or "",
      Gateway = endpoint.address and network and network.gateway or "", Aliases = #aliases > 0 and aliases or shared.null,
    }
  end
  return out
end

-- What every running container's ports are bound to: {"80/tcp": [{HostIp, HostPort}]}.
local function ports_of(container)
  local out = {}
  if container.status ~= "running" then return out end
  for key in pairs(container.config.ExposedPorts or {}) do out[key] = shared.null end
  for _, port in ipairs(container.ports) do
    if out[port.key] == nil or out[port.key] == shared.null then out[port.key] = {} end
    table.insert(out[port.key], { HostIp = port.address, HostPort = tostring(port.host) })
  end
  return out
end

local function health_of(container)
  local health = container.health
  if not health then return nil end
  local log = {}
  for at, probe in ipairs(health.log) do
    log[at] = { Start = shared.moment(probe.at), End = shared.moment(probe.at), ExitCode = probe.code, Output = probe.output }
  end
  return { Status = health.status, FailingStreak = health.streak, Log = shared.list(log) }
end

local function running(container)
  return container.status == "running" or container.status == "restarting" or container.status == "paused"
end
M.running = running

local function shown(container)
  local args = table.move(container.argv, 2, #container.argv, 1, {})
  return {
    Id = container.id, Name = "/" .. container.name, Created = shared.moment(container.created), Path = container.argv[1],
    Args = shared.list(args),
    State = {
      Status = container.status, Running = running(container), Paused = container.status == "paused",
      Restarting = container.status == "restarting",
      OOMKilled = false, Dead = false, Pid = container.status == "running" and container.pid or 0, ExitCode = container.exit_code,
      Error = container.problem, StartedAt = shared.moment(container.started), FinishedAt = shared.moment(container.finished),
      Health = health_of(container),
    },
    Image = container.image.id, RestartCount = container.restarts, Driver = "overlay2", Platform = "linux", Config = container.config,
    HostConfig = container.host, Mounts = shared.list(container.mounts),
    NetworkSettings = { Ports = ports_of(container), Networks = endpoints_of(container) },
  }
end

local function age(seconds)
  seconds = math.floor(seconds)
  if seconds < 1 then return "Less than a second" end
  if seconds < 60 then return ("%d seconds"):format(seconds) end
  return ("%d minutes"):format(seconds // 60)
end

local function described(container)
  if container.status == "created" then return "Created" end
  if running(container) then
    local health = container.health and container.health.status
    local words = not health and "" or health == "starting" and " (health: starting)" or " (" .. health .. ")"
    return "Up " .. age(sim.now() - container.started) .. words
  end
  return ("Exited (%d) %s ago"):format(container.exit_code, age(sim.now() - (container.finished or container.created)))
end

local function image_name(container)
  return engine.tags[images.reference(container.config.Image)] == container.image.id and container.config.Image or container.image.id
end

local function row(container)
  local ports = {}
  for _, port in ipairs(container.status == "running" and container.ports or {}) do
    ports[#ports + 1] = { PrivatePort = port.port, PublicPort = port.host, IP = port.address, Type = port.protocol }
  end
  return {
    Id = container.id, Names = { "/" .. container.name }, Image = image_name(container), ImageID = container.image.id,
    Command = table.concat(container.argv, " "), Created = math.floor(container.created), Ports = shared.list(ports),
    Labels = container.config.Labels, State = container.status, Status = described(container),
    HostConfig = { NetworkMode = container.host.NetworkMode }, NetworkSettings = { Networks = endpoints_of(container) },
    Mounts = shared.list(container.mounts),
  }
end

local STATES = { created = true, running = true, restarting = true, paused = true, removing = true, exited = true, dead = true }

local filters = {
  label = function(container, value) return shared.has_label(container.config.Labels, value) end,
  status = function(container, value)
    if not STATES[value] then shared.refuse(400, "Invalid filter 'status=%s'", value) end
    return container.status == value
  end,
  network = function(container, value)
    local network = networks.find(value)
    return network ~= nil and container.endpoints[network.name] ~= nil
  end,
  volume = function(container, value)
    for _, mount in ipairs(container.mounts) do
      if mount.Name == value or mount.Destination == value then return true end
    end
    return false
  end,
  ancestor = function(container, value)
    local image = images.find(value)
    return image ~= nil and image.id == container.image.id
  end,
  name = function(container, value) return container.name:find(value, 1, true) ~= nil end,
  id = function(container, value) return container.id:sub(1, #value) == value end,
  health = function(container, value) return (container.health and container.health.status or "none") == value end,
}

engine.route("GET", "/containers/json", function(request)
  local all, rows = {}, {}
  for at = #engine.containers, 1, -1 do
    local container = engine.containers[at]
    if request.query.all == "1" or running(container) then all[#all + 1] = container end
  end
  for _, container in ipairs(shared.filtered(all, request.query.filters, filters)) do rows[#rows + 1] = row(container) end
  return { json = shared.list(rows) }
end)

engine.route("GET", "/containers/{name}/json", function(request) return { json = shown(engine.get_container(request.args.name)) } end)

engine.route("POST", "/containers/{name}/rename", function(request)
  local container, name = engine.get_container(request.args.name), request.query.name or ""
  if name == "" then shared.refuse(400, "Neither old nor new names may be empty") end
  if name == container.name then shared.refuse(400, "Renaming a container with the same name as its current name") end
  claim(name, "Error when allocating new name: ")
  container.name = name
  return { status = 204 }
end)

function engine.remove_container(container)
  for at, other in ipairs(engine.containers) do
    if other == container then table.remove(engine.containers, at) break end
  end
  engine.note_container(container, "destroy")
end

engine.route("DELETE", "/containers/{name}", function(request)
  local container = engine.get_container(request.args.name)
  if running(container) then
    if request.query.force ~= "1" then
      shared.refuse(409, "You cannot remove a running container %s. Stop the container before attempting removal or force remove",
        container.id)
    end
    engine.part("life").kill(container)
  end
  engine.remove_container(container)
  for _, mount in ipairs(request.query.v == "1" and container.mounts or {}) do
    local volume = engine.volumes[mount.Name or ""]
    if volume and volume.anonymous and #volumes.users(volume.name) == 0 then volumes.remove(volume.name) end
  end
  return { status = 204 }
end)

return M

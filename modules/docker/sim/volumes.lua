-- SPDX-License-Identifier: Apache-2.0
-- Volumes of a simulated engine. What a container writes into one lies on the simulated machine.
local sim, shared, engine = ...
local here = require("machine").here()

local M = {}
local NAME = "^[%w][%w_.%-]*$"

local function path_of(name) return "/var/lib/docker/volumes/" .. name .. "/_data" end

local function shown(volume)
  return {
    Name = volume.name, Driver = "local", Scope = "local", Mountpoint = volume.path,
    CreatedAt = shared.moment(math.floor(volume.created)),
    Labels = volume.labels or shared.null, Options = volume.options or shared.null,
  }
end

local function get(name)
  return engine.volumes[name] or shared.refuse(404, "get %s: no such volume", name)
end

-- Makes a volume, or gives the one that is there.
function M.ensure(name, spec)
  if engine.volumes[name] then return engine.volumes[name] end
  if #name < 2 then
    shared.refuse(400, "create %s: volume name is too short, names should be at least two alphanumeric characters", name)
  end
  if not name:find(NAME) then
    shared.refuse(400, 'create %s: "%s" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are '
      .. "allowed. If you intended to pass a host directory, use absolute path", name, name)
  end
  if spec.Driver and spec.Driver ~= "" and spec.Driver ~= "local" then
    shared.refuse(404, 'create %s: error looking up volume plugin %s: plugin "%s" not found', name, spec.Driver, spec.Driver)
  end
  local volume = { name = name, created = sim.now(), labels = spec.Labels, options = spec.DriverOpts, path = path_of(name),
    anonymous = spec.anonymous }
  engine.volumes[name] = volume
  return volume
end

-- Where its files are on the machine.
function M.directory(volume)
  local device = volume.options and volume.options.device
  return device and device:find("^/") and device or volume.path
end

-- What the local driver cannot mount keeps a container from starting.
function M.mount(volume)
  local device = volume.options and volume.options.device
  if device and device:find("^/") and not here:find(device) then
    shared.refuse(500, "error while mounting volume '%s': failed to mount local volume: mount %s:%s, flags: 0x1000: no "
      .. "such file or directory", volume.path, device, volume.path)
  end
end

function M.users(name)
  local ids = {}
  for _, container in ipairs(engine.containers) do
    for _, mount in ipairs(container.mounts) do
      if mount.Name == name then ids[#ids + 1] = container.id end
    end
  end
  return ids
end

function M.remove(name)
  local volume = get(name)
  local users = M.users(name)
  if #users > 0 then shared.refuse(409, "remove %s: volume is in use - [%s]", name, table.concat(users, ", ")) end
  engine.volumes[name] = nil
  if here:find(volume.path) then here:remove("/var/lib/docker/volumes/" .. name, { recursive = true }) end
end

local filters = {
  label = function(volume, value) return shared.has_label(volume.labels, value) end,
  driver = function(_, value) return value == "local" end,
  name = function(volume, value) return volume.name:find(value, 1, true) ~= nil end,
  dangling = function(volume, value) return (#M.users(volume.name) == 0) == (value == "true" or value == "1") end,
}

function M.all()
  local out = {}
  for _, name in ipairs(shared.sorted(engine.volumes)) do out[#out + 1] = engine.volumes[name] end
  return out
end

engine.route("GET", "/volumes", function(request)
  local rows = {}
  for _, volume in ipairs(shared.filtered(M.all(), request.query.filters, filters)) do rows[#rows + 1] = shown(volume) end
  return { json = { Volumes = shared.list(rows), Warnings = shared.null } }
end)

engine.route("POST", "/volumes/create", function(request)
  local spec = request.json
  if not spec.Name or spec.Name == "" then
    engine.made = engine.made + 1
    spec.Name, spec.anonymous = shared.id("volume", engine.made), true
  end
  return { status = 201, json = shown(M.ensure(spec.Name, spec)) }
end)

engine.route("GET", "/volumes/{name}", function(request) return { json = shown(get(request.args.name)) } end)

engine.route("DELETE", "/volumes/{name}", function(request)
  M.remove(request.args.name)
  return { status = 204 }
end)

return M

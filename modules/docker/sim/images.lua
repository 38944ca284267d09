-- SPDX-License-Identifier: Apache-2.0
-- Images of a simulated engine: those that the test declares, those that are built, pulled (see registry.lua) or imported.
local sim, shared, engine = ...
local crypto = require "crypto"
local json = require "json"

local M = {}
local PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
M.PATH = PATH

-- "docker.io/library/app" -> "app:latest"
function M.reference(name)
  name = name:gsub("^docker%.io/", ""):gsub("^library/", "")
  if name:find("@", 1, true) then return name end
  if not name:find(":[^/]*$") then name = name .. ":latest" end
  return name
end

-- Repositories are lower case; which status says so depends on the request.
function M.check(name, status, words)
  if M.reference(name):match("^(.*):"):find("%u") and not name:find("@", 1, true) then
    shared.refuse(status or 400, "%sinvalid reference format: repository name must be lowercase", words or "")
  end
end

-- By tag, or by id or its beginning.
function M.find(name)
  local tagged = engine.tags[M.reference(name)]
  if tagged then return engine.images[tagged] end
  local pinned = name:gsub("^docker%.io/", ""):gsub("^library/", ""):gsub(":[^/@]*@", "@")
  if engine.digests[pinned] then return engine.images[engine.digests[pinned]] end
  local hex = name:gsub("^sha256:", ""):gsub("^.*@sha256:", "")
  if hex:find("^%x%x%x%x+$") then
    for _, id in ipairs(shared.sorted(engine.images)) do
      if id:sub(8, 7 + #hex) == hex then return engine.images[id] end
    end
  end
end

function M.get(name)
  M.check(name)
  return M.find(name) or shared.refuse(404, "No such image: %s", M.reference(name))
end

-- Makes an image: the same config and content are the same image.
function M.add(config, content, size)
  local id = "sha256:" .. crypto.sha256(json.encode(config) .. "\n" .. content)
  engine.images[id] = engine.images[id] or { id = id, config = config, created = sim.now(), size = size or 0 }
  return engine.images[id]
end

function M.tags(image)
  local out = {}
  for _, tag in ipairs(shared.sorted(engine.tags)) do
    if engine.tags[tag] == image.id then out[#out + 1] = tag end
  end
  return out
end

-- "app@sha256:..." for each registry that is known to have it.
function M.digests(image)
  local out = {}
  for _, name in ipairs(shared.sorted(engine.digests)) do
    if engine.digests[name] == image.id then out[#out + 1] = name end
  end
  return out
end

function M.tag(image, reference) engine.tags[M.reference(reference)] = image.id end

-- What a test says of an image, as the engine keeps it.
local DECLARED = { env = true, command = true, entrypoint = true, ports = true, labels = true, healthcheck = true, user = true,
  workdir = true, volumes = true, stop_signal = true, size = true }

function M.make(reference, spec)
  local duration = require("time").duration
  for key in pairs(spec) do
    if not DECLARED[key] then
      sim.fail("argument.invalid", ("simulate: image '%s' has no option '%s'"):format(reference, key),
        { hint = "it has " .. table.concat(shared.sorted(DECLARED), ", ") })
    end
  end
  local config = { Env = { PATH }, Cmd = spec.command, Entrypoint = spec.entrypoint, Labels = spec.labels, User = spec.user or "",
    WorkingDir = spec.workdir or "", StopSignal = spec.stop_signal }
  for _, name in ipairs(shared.sorted(spec.env)) do config.Env[#config.Env + 1] = name .. "=" .. spec.env[name] end
  for _, port in ipairs(spec.ports or {}) do
    config.ExposedPorts = config.ExposedPorts or {}
    config.ExposedPorts[tostring(port):find("/") and port or port .. "/tcp"] = {}
  end
  for _, path in ipairs(spec.volumes or {}) do
    config.Volumes = config.Volumes or {}
    config.Volumes[path] = {}
  end
  if spec.healthcheck then
    local given = spec.healthcheck == true and {} or spec.healthcheck
    local function nanoseconds(value) return value and math.floor(duration(value) * 1e9) end
    config.Healthcheck = { Test = given.test or { "CMD-SHELL", "true" }, Interval = nanoseconds(given.interval), Retries = given.retries,
      StartPeriod = nanoseconds(given.start_period), Timeout = nanoseconds(given.timeout) }
  end
  return M.add(config, "declared " .. reference, spec.size)
end

function M.declare(reference, spec) M.tag(M.make(reference, spec), reference) end

local function shown(image)
  return {
    Id = image.id, RepoTags = shared.list(M.tags(image)), RepoDigests = shared.list(M.digests(image)),
    Created = shared.moment(image.created),
    Config = image.config,
    Architecture = "amd64", Os = "linux", Size = image.size, VirtualSize = image.size, Parent = "", Comment = "", Author = "",
  }
end

local function row(image)
  local tags = M.tags(image)
  return {
    Id = image.id, RepoTags = #tags > 0 and tags or { "<none>:<none>" }, RepoDigests = #tags > 0 and shared.null or { "<none>@<none>" },
    Created = math.floor(image.created), Labels = image.config.Labels or shared.null, Size = image.size, VirtualSize = image.size,
    Containers = -1, SharedSize = -1, ParentId = "",
  }
end

local filters = {
  label = function(image, value) return shared.has_label(image.config.Labels, value) end,
  dangling = function(image, value) return (#M.tags(image) == 0) == (value == "true" or value == "1") end,
  reference = function(image, value)
    local pattern = shared.glob(value)
    for _, tag in ipairs(M.tags(image)) do
      if tag:find(pattern) or tag:match("^(.*):"):find(pattern) then return true end
    end
    return false
  end,
}

engine.route("GET", "/images/json", function(request)
  local all, rows = {}, {}
  for _, image in pairs(engine.images) do all[#all + 1] = image end
  table.sort(all, function(a, b) return a.created > b.created or a.created == b.created and a.id < b.id end)
  for _, image in ipairs(shared.filtered(all, request.query.filters, filters)) do rows[#rows + 1] = row(image) end
  return { json = shared.list(rows) }
end)

engine.route("GET", "/images/{name...}/json", function(request)
  local name = request.args.name
  M.check(name, 400, ("no such image: %s: "):format(name))
  local image = M.find(name)
  if not image then shared.refuse(404, "no such image: %s: No such image: %s", name, M.reference(name)) end
  return { json = shown(image) }
end)

engine.route("POST", "/images/{name...}/tag", function(request)
  local image = M.get(request.args.name)
  local repository = request.query.repo
  M.check(repository .. ":x", 500)
  M.tag(image, repository .. ":" .. (request.query.tag or "latest"))
  return { status = 201 }
end)

local function user_of(image, running)
  for _, container in ipairs(engine.containers) do
    if container.image.id == image.id and (not running or container.status == "running") then return container.id:sub(1, 12) end
  end
end

engine.route("DELETE", "/images/{name...}", function(request)
  local name, force = request.args.name, request.query.force == "1"
  local image = M.get(name)
  local tags, tag = M.tags(image), M.reference(name)
  local short = image.id:sub(8, 19)
  local said = {}
  if engine.tags[tag] then
    if #tags == 1 and not force and user_of(image) then
      shared.refuse(409, 'conflict: unable to remove repository reference "%s" (must force) - container %s is using its referenced '
        .. "image %s", name, user_of(image), short)
    end
    engine.tags[tag] = nil
    said[1] = { Untagged = tag }
    if #tags > 1 or user_of(image) then return { json = said } end
  else
    if user_of(image, true) then
      shared.refuse(409, "conflict: unable to delete %s (cannot be forced) - image is being used by running container %s", short,
        user_of(image, true))
    end
    if not force and #tags > 1 then
      shared.refuse(409, "conflict: unable to delete %s (must be forced) - image is referenced in multiple repositories", short)
    end
    if not force and user_of(image) then
      shared.refuse(409, "conflict: unable to delete %s (must be forced) - image is being used by stopped container %s", short,
        user_of(image))
    end
    for at, its in ipairs(tags) do
      engine.tags[its] = nil
      said[at] = { Untagged = its }
    end
  end
  engine.images[image.id] = nil
  said[#said + 1] = { Deleted = image.id }
  return { json = said }
end)

local function line(message) return json.encode(message) .. "\r\n" end

local function imported(request)
  local build = engine.part "build"
  local files = build.unpack(request.body)
  local config = build.config()
  for _, change in ipairs(request.repeated.changes or {}) do build.apply(config, change) end
  local image = M.add(config, crypto.sha256(request.body), build.size(files))
  if request.query.repo and request.query.repo ~= "" then M.tag(image, request.query.repo .. ":" .. (request.query.tag or "latest")) end
  return { body = line { status = image.id } }
end

engine.route("POST", "/images/create", function(request, emit)
  if request.query.fromImage then return engine.part("registry").pulled(request, emit) end
  return imported(request)
end)

return M

-- SPDX-License-Identifier: Apache-2.0
-- What the containers of a simulated engine do: the test's functions, what they are given, and how they are reached.
local sim, shared, engine = ...
local duration = require("time").duration
local here = require("machine").here()

local M = {}
local KNOWN = { healthy_after = true, healthy = true, exits = true, stops = true, logs = true, exec = true, http = true, https = true,
  cannot_start = true, signal = true }

local function env_of(container)
  local out = {}
  for _, entry in ipairs(container.config.Env or {}) do
    local name, value = entry:match("^([^=]*)=(.*)$")
    if name then out[name] = value end
  end
  return out
end

-- The path on the machine of a path in the container, where a mount leads out of it.
local function outside(container, path)
  local best, at
  for _, mount in ipairs(container.mounts) do
    local target = mount.Destination:gsub("/$", "")
    if (path == target or path:sub(1, #target + 1) == target .. "/") and (not best or #target > at) then best, at = mount, #target end
  end
  if not best or best.Type == "tmpfs" then return nil end
  local source = best.Type == "volume" and engine.part("volumes").directory(engine.volumes[best.Name]) or best.Source
  return source .. path:sub(at + 1), best
end

local Handle = {}
Handle.__index = Handle

-- The content of a file under one of its mounts, or nil.
function Handle:read(path)
  local real = outside(self.record, path)
  if not real then return self.record.files and self.record.files[path] end
  local found = here:find(real)
  return found and found.type == "file" and here:read(real) or nil
end

-- Writes a file, on the machine where it lies under a mount.
function Handle:write(path, content)
  local real, mount = outside(self.record, path)
  if not real then
    self.record.files = self.record.files or {}
    self.record.files[path] = content
    return
  end
  if not mount.RW then error(path .. ": read-only file system") end
  here:directory_ensure { path = real:match("^(.*)/[^/]*$") }
  here:write(real, content)
end

function Handle:log(text, stream)
  table.insert(self.record.log, { at = sim.now(), stream = stream or "stdout", text = text:find("\n$") and text or text .. "\n" })
end

function Handle:exit(code) engine.part("life").exit(self.record, code) end

-- Calls another container by its name or alias, on a network of both: its answer, or nil and why not.
function Handle:call(host, port, request)
  if type(request) == "string" then request = { path = request } end
  request = request or {}
  request.method, request.path = request.method or "GET", request.path or "/"
  request.query, request.headers, request.body = request.query or {}, request.headers or {}, request.body or ""
  engine.settle()
  local other = engine.part("networks").resolve(self.record, host)
  if not other then return nil, "no such host" end
  local serve = other.life.http and other.life.http[math.tointeger(tonumber(port))]
  if not serve then return nil, "connection refused" end
  local answer = serve(request, M.handle(other))
  return type(answer) == "string" and { body = answer } or answer
end

-- What the test's functions are given.
function M.handle(container)
  if container.handle then return container.handle end
  container.handle = setmetatable({
    record = container, name = container.name, id = container.id, image = container.config.Image, argv = container.argv,
    env = env_of(container),
    labels = container.config.Labels,
  }, Handle)
  return container.handle
end

-- The behaviour whose pattern fits the image best: the longest.
local function chosen(container)
  local names = engine.part("images").tags(container.image)
  table.insert(names, 1, engine.part("images").reference(container.config.Image))
  local best
  for pattern in pairs(engine.run) do
    for _, name in ipairs(names) do
      local fits = name == pattern or name:find(shared.glob(pattern)) or name:find(shared.glob(pattern .. ":latest"))
      if fits and (not best or #pattern > #best or #pattern == #best and pattern < best) then best = pattern end
    end
  end
  return engine.run[best]
end

function M.of(container)
  local life = chosen(container) or {}
  if type(life) == "function" then life = life(M.handle(container)) or {} end
  for key in pairs(life) do
    if not KNOWN[key] then
      sim.fail("argument.invalid", ("simulate: a container of '%s' cannot have '%s'"):format(container.config.Image, tostring(key)),
        { hint = "it has " .. table.concat(shared.sorted(KNOWN), ", ") })
    end
  end
  return life
end

-- What it will write, in order: "text" at once, { after = "1s", stdout = ... , stderr = ... }.
function M.log_entries(container, started)
  local given, out = container.life.logs or {}, {}
  if type(given) ~= "table" then given = { given } end
  for _, entry in ipairs(given) do
    if type(entry) == "string" then entry = { stdout = entry } end
    local at = started + (entry.after and duration(entry.after) or 0)
    for _, stream in ipairs { "stdout", "stderr" } do
      for line in (entry[stream] or ""):gmatch("[^\n]*\n?") do
        local text = line:find("\n$") and line or line .. "\n"
        if line ~= "" then out[#out + 1] = { at = at, stream = stream, text = text, order = #out } end
      end
    end
  end
  table.sort(out, function(a, b) return a.at < b.at or a.at == b.at and a.order < b.order end)
  return out
end

local function addresses(container)
  local out = {}
  local function add(address, host, inside)
    local names = { address }
    if address == "0.0.0.0" or address == "127.0.0.1" then names = { "127.0.0.1", "localhost", address } end
    for _, name in ipairs(names) do
      for _, scheme in ipairs { "http", "https" } do
        out[#out + 1] = { url = ("%s://%s:%d"):format(scheme, name, host), scheme = scheme, port = inside }
      end
    end
  end
  for _, port in ipairs(container.ports) do
    if port.protocol == "tcp" then add(port.address, port.host, port.port) end
  end
  if container.host.NetworkMode == "host" then
    for _, scheme in ipairs { "http", "https" } do
      for port in pairs(container.life[scheme] or {}) do add("0.0.0.0", port, port) end
    end
  end
  return out
end

function M.publish(container)
  for _, at in ipairs(addresses(container)) do
    sim.serve(at.url, function(request, emit)
      engine.settle()
      local serve = container.status == "running" and container.life[at.scheme] and container.life[at.scheme][at.port]
      if not serve then sim.fail("http.connect", "cannot connect to " .. at.url .. ": connection refused", { retryable = true }) end
      return serve(request, M.handle(container), emit)
    end)
  end
end

function M.withdraw(container)
  for _, at in ipairs(addresses(container)) do sim.serve(at.url, nil) end
end

function M.signal(container, name)
  local life = container.life
  if life.signal then return life.signal(name, M.handle(container)) end
  if (name == "TERM" or name == "INT") and life.stops ~= false then
    engine.part("life").kill(container, type(life.stops) == "number" and life.stops or 0)
  end
end

return M

-- SPDX-License-Identifier: Apache-2.0
-- A simulated Docker Engine, at the level of its API:
--   simulate { docker = {
--     images = { "postgres:16", ["app:1"] = { command = { "/app" }, ports = { 8080 }, healthcheck = { interval = "1s" } } },
--     registry = { ["redis:7"] = {} },             -- can be pulled and built from, and is not there yet
--     logins = { ["registry:5000"] = { username = "deploy", password = "..." } },  -- registries that let nobody else in
--     run = { ["app:*"] = function(container) return { ... } end },  -- what containers do, by a pattern of their image
--     build = function(command, image) return "output" end,          -- a RUN; { code = 1, stdout = "..." } fails
--     version = "20.10.24", api = "1.41", down = true,               -- nobody answers
--     swarm = true,                              -- a manager of a swarm of its own, or { labels =, node_labels =, nodes = { "worker1",
--                                                -- { name =, role =, labels =, availability =, state = "down", addr = } } }
--   } }
-- or, where there are several, { ["unix:///run/one.sock"] = { ... }, ["ssh://deploy@web1"] = { ... },
-- ["tcp://node1:2376"] = { ... }, ["context://prod"] = { ... } }: each as docker.connect names it. An image has
-- command, entrypoint, env, ports, labels, user, workdir, volumes, stop_signal, healthcheck = { test, interval, retries,
-- start_period }; without a declaration it comes of a build or an import.
--
-- A container runs until it is stopped, healthy and silent, unless its behaviour (a table, or a function called when it
-- starts) says otherwise:
--   healthy_after = "2s"   its health check fails until then; false: for ever; healthy = function(container) -> ok, output
--   exits = { code = 1, after = "3s" }   or a number: ends by itself, at once
--   stops = { code = 0, after = "1s" }   how it ends when it is asked to; false: only when it is killed
--   logs = "text" or { "line", { after = "1s", stdout = "...", stderr = "..." } }
--   exec = function(argv, call)   a program run in it -> output, { code, stdout, stderr } or nil: there is none; call has
--                          env, user, cwd, stdin, privileged, container
--   http = { [8080] = function(request, container) ... end }   and https, as in simulate { http = ... }. A published port
--                          is reached at http://127.0.0.1:PORT while the container runs
--   cannot_start = 'exec: "/app": no such file or directory'   signal = function(name, container)
-- `container` has name, id, image, argv, env, labels and
--   container:read(path), container:write(path, text)   files under its mounts, on the simulated machine
--   container:call(host, port, request)   another container on a network of both -> its answer, or nil and why not
--   container:log(text, stream), container:exit(code)
--
-- The test gets the default engine (the others are in .engines by target): containers(), images(), networks(), volumes()
-- as lists, container(name) as above, services(), nodes(), secrets() and configs() of its swarm, pushed, requests ({ method,
-- path } in order), and down, which it may set.
local sim, options = ...
local json = require "json"

local DEFAULT = "unix:///var/run/docker.sock"
local OPTIONS = { images = true, registry = true, logins = true, run = true, build = true, version = true, api = true, down = true,
  swarm = true }
local PARTS = { "system", "images", "registry", "build", "archive", "networks", "volumes", "behaviour", "containers", "life", "output",
  "prune", "copy", "swarm", "swarm_placement", "swarm_tasks", "swarm_updates", "swarm_contents", "swarm_services" }
local shared = sim.part("docker", "shared")
shared.swarms = {}  -- by the address of a manager

local function decoded(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- "/containers/{name}/json" as segments; {name...} takes several.
local function compiled(pattern)
  local segments = {}
  for segment in pattern:gmatch("[^/]+") do segments[#segments + 1] = segment end
  return segments
end

local function match(pattern, path)
  local args, at = {}, 1
  for position, segment in ipairs(pattern) do
    local name = segment:match("^{(%w+)%.*}$")
    if segment:find("%.%.%.}$") then
      local last = #path - (#pattern - position)
      if last < at then return nil end
      args[name] = table.concat(path, "/", at, last)
      at = last
    elseif not path[at] or not name and segment ~= path[at] then
      return nil
    elseif name then
      args[name] = path[at]
    end
    at = at + 1
  end
  return at == #path + 1 and args or nil
end

local function repeated_of(url)
  local out = {}
  for name, value in (url:match("%?(.*)$") or ""):gmatch("([^&=]+)=?([^&]*)") do
    name = decoded(name)
    out[name] = out[name] or {}
    table.insert(out[name], decoded(value))
  end
  return out
end

local function make_engine(target, given)
  for key in pairs(given) do
    if not OPTIONS[key] then
      sim.fail("argument.invalid", "simulate: docker has no option '" .. tostring(key) .. "'",
        { hint = "it has " .. table.concat(shared.sorted(OPTIONS), ", ") .. ", or engines by their target" })
    end
  end
  local engine = {
    target = target, images = {}, tags = {}, containers = {}, networks = {}, volumes = {}, registry = {}, digests = {}, pushed = {},
      made = 0,
    logins = given.logins or {}, hostname = target:match("^ssh://.-([^@/]+)$") or "simulated",
    run = given.run or {}, build = given.build, version = given.version or "20.10.24", api = given.api or "1.41",
    given_swarm = given.swarm,
  }
  local view, routes, parts = { requests = {}, down = given.down, pushed = engine.pushed }, {}, {}

  function engine.route(method, pattern, handler)
    routes[#routes + 1] = { method = method, pattern = compiled(pattern), handler = handler }
  end
  -- The same as a request, from within.
  function engine.handle(method, path, request)
    local segments = compiled(path)
    for _, route in ipairs(routes) do
      request.args = route.method == method and match(route.pattern, segments)
      if request.args then return route.handler(request) end
    end
    error(method .. " " .. path .. ": no route")
  end
  function engine.part(name)
    parts[name] = parts[name] or sim.part("docker", name, shared, engine)
    return parts[name]
  end

  engine.route("GET", "/_ping", function()
    return { body = "OK", headers = { ["api-version"] = engine.api, ["content-type"] = "text/plain; charset=utf-8" } }
  end)
  engine.route("GET", "/version", function()
    return { json = { Version = engine.version, ApiVersion = engine.api, MinAPIVersion = "1.12", Os = "linux", Arch = "amd64",
      KernelVersion = "6.1.0", GoVersion = "go1.19.8" } }
  end)
  engine.route("GET", "/info", function()
    local running = 0
    for _, container in ipairs(engine.containers) do running = running + (container.status == "running" and 1 or 0) end
    return { json = { ID = shared.id("engine", target), Name = engine.hostname, ServerVersion = engine.version,
      Containers = #engine.containers, ContainersRunning = running, ContainersPaused = 0,
      ContainersStopped = #engine.containers - running, Images = #shared.sorted(engine.images),
      Driver = "overlay2", NCPU = 2, MemTotal = 8 << 30, OSType = "linux", Swarm = engine.part("swarm").info() } }
  end)
  for _, name in ipairs(PARTS) do engine.part(name) end

  local images = engine.part "images"
  for name, spec in pairs(given.registry or {}) do
    if type(name) == "number" then name, spec = spec, {} end
    engine.part("registry").declare(name, spec)
  end
  for name, spec in pairs(given.images or {}) do
    if type(name) == "number" then name, spec = spec, {} end
    images.declare(name, spec)
  end

  local function answer(request, emit)
    local path = {}
    for segment in request.raw_path:gsub("^/v[%d.]+/", "/"):gmatch("[^/]+") do path[#path + 1] = decoded(segment) end
    for _, route in ipairs(routes) do
      local args = route.method == request.method and match(route.pattern, path)
      if args then
        request.args, request.repeated = args, repeated_of(request.url)
        if (request.headers["content-type"] or ""):find("json", 1, true) then request.json = shared.present(json.decode(request.body)) end
        engine.settle()
        return route.handler(request, emit)
      end
    end
    shared.refuse(404, "page not found")
  end

  -- How modules/ssh names the socket of another machine in a simulated world, and this module what is neither here nor there.
  local socket = target:gsub("^ssh://([^/]*)$", "ssh://%1/var/run/docker.sock"):gsub("^ssh://", "unix:///simulated/ssh/")
    :gsub("^tcp://.*$", "unix:///simulated/docker/%0"):gsub("^context://.*$", "unix:///simulated/docker/%0")
  sim.serve(socket, function(request, emit)
    if view.down then sim.fail("http.connect", "cannot connect to " .. target .. ": connection refused", { retryable = true }) end
    table.insert(view.requests, { method = request.method, path = (request.url:match("^%a+://[^/]*(.*)$"):gsub("^/v[%d.]+", "")) })
    local ok, result = pcall(answer, request, emit)
    if ok then return result end
    if type(result) == "table" and result.refusal then return result.refusal end
    error(result, 0)
  end)
  return engine, view
end

local engines, views = {}, {}
local several = next(options) ~= nil
for key in pairs(options) do
  several = several and (tostring(key):match("^(%a+)://") or "") ~= ""
end
for target, given in pairs(several and options or { [DEFAULT] = options }) do
  engines[target], views[target] = make_engine(target, given)
  sim.part("docker", "state", shared, engines[target], views[target])
end

sim.state("docker", function()
  local state = {}
  for target, view in pairs(views) do state[target] = view.state() end
  return several and state or state[DEFAULT]
end)

local main = views[DEFAULT] or views[shared.sorted(views)[1]]
main.engines = views
return main

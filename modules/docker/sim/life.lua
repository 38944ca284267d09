-- SPDX-License-Identifier: Apache-2.0
-- How containers of a simulated engine run: start, end, restart, health. Nothing ticks: whoever looks first settles what
-- has happened since, in its order (engine.settle).
local sim, shared, engine = ...
local duration = require("time").duration
local behaviour, networks, volumes = engine.part "behaviour", engine.part "networks", engine.part "volumes"

local M = {}
local SIGNALS = " HUP INT QUIT KILL USR1 USR2 TERM STOP CONT WINCH 1 2 3 9 10 12 15 "
local next_port, next_pid = 49153, 2000

local function seconds(value) return value and duration(value) or 0 end

-- Ports.

local function taken(address, host)
  for _, container in ipairs(engine.containers) do
    for _, port in ipairs(container.status == "running" and container.ports or {}) do
      local any = address == "0.0.0.0" or port.address == "0.0.0.0"
      if port.host == host and (any or port.address == address) then return true end
    end
  end
  return false
end

local function allocate(container)
  container.ports = {}
  for _, key in ipairs(shared.sorted(container.host.PortBindings)) do
    local number, protocol = key:match("^(%d+)/?(%a*)$")
    for _, binding in ipairs(container.host.PortBindings[key]) do
      local address = binding.HostIp and binding.HostIp ~= "" and binding.HostIp or "0.0.0.0"
      local host = tonumber(binding.HostPort)
      if not host then
        host, next_port = next_port, next_port + 1
      elseif taken(address, host) then
        shared.refuse(500, "driver failed programming external connectivity on endpoint %s (%s): Bind for %s:%d failed: port is "
          .. "already allocated", container.name, shared.id("endpoint", container.id), address, host)
      end
      table.insert(container.ports, { key = key, port = tonumber(number), protocol = protocol, host = host, address = address })
    end
  end
end

-- Health.

local function begin_health(container)
  local check = container.config.Healthcheck
  container.health, container.probe_at = nil, nil
  if not check or not check.Test or #check.Test == 0 or check.Test[1] == "NONE" then return end
  container.health = { status = "starting", streak = 0, log = {} }
  container.interval = (check.Interval or 0) > 0 and check.Interval / 1e9 or 30
  container.retries = (check.Retries or 0) > 0 and check.Retries or 3
  container.grace = (check.StartPeriod or 0) / 1e9
  container.probe_at = container.started + container.interval
end

local function is_healthy(container, at)
  local after = container.life.healthy_after
  if type(container.life.healthy) == "function" then return container.life.healthy(behaviour.handle(container), at) end
  return after == nil or after ~= false and at - container.started >= seconds(after)
end

local function probe(container, at)
  local health = container.health
  local ok, output = is_healthy(container, at)
  table.insert(health.log, { at = at, code = ok and 0 or 1, output = output or "" })
  if #health.log > 5 then table.remove(health.log, 1) end
  container.probe_at = at + container.interval
  if ok then
    health.status, health.streak = "healthy", 0
  elseif health.status ~= "starting" or at - container.started >= container.grace then
    health.streak = health.streak + 1
    if health.streak >= container.retries then health.status = "unhealthy" end
  end
end

-- Begin and end.

local function begin(container, at)
  container.life = behaviour.of(container)
  if container.life.cannot_start then
    container.exit_code = 127
    shared.refuse(400, "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: "
      .. "%s: unknown", container.life.cannot_start)
  end
  next_pid = next_pid + 1
  container.status, container.started, container.pid, container.exit_code, container.problem = "running", at, next_pid, 0, ""
  container.stopping, container.restart_at = false, nil
  for _, name in ipairs(shared.sorted(container.endpoints)) do
    local network = networks.find(name)
    if network then networks.join(network, container.endpoints[name]) end
  end
  begin_health(container)
  container.coming = behaviour.log_entries(container, at)
  local exits = container.life.exits
  if type(exits) == "number" then exits = { code = exits } end
  container.exit_at = exits and at + seconds(exits.after)
  container.will_exit = exits and exits.code or 0
  behaviour.publish(container)
  engine.note_container(container, "start")
end

local function start(container)
  container.restarts, container.delay = 0, nil
  local function attempt()
    container.exit_code = 128
    for _, name in ipairs(shared.sorted(container.endpoints)) do networks.of(name, container.endpoints[name]) end
    for _, mount in ipairs(container.mounts) do
      if mount.Name then volumes.mount(engine.volumes[mount.Name] or volumes.ensure(mount.Name, {})) end
    end
    allocate(container)
    begin(container, sim.now())
  end
  local ok, problem = pcall(attempt)
  if ok then return end
  container.ports = {}
  if type(problem) == "table" and problem.refusal then container.problem = problem.refusal.json.message end
  error(problem, 0)
end

local function restarts(container, code, at)
  local policy = container.host.RestartPolicy
  if container.stopping then return nil end
  local wanted = policy.Name == "always" or policy.Name == "unless-stopped"
  if policy.Name == "on-failure" and code ~= 0 then
    wanted = policy.MaximumRetryCount == 0 or container.restarts < policy.MaximumRetryCount
  end
  if not wanted then return nil end
  if at - container.started >= 10 then container.delay = nil end
  container.delay = math.min((container.delay or 0.05) * 2, 60)
  return at + container.delay
end

local function finish(container, code, at)
  behaviour.withdraw(container)
  container.exit_at, container.probe_at, container.coming = nil, nil, {}
  container.exit_code, container.finished = code, at
  if container.health then container.health.status = "unhealthy" end
  for _, endpoint in pairs(container.endpoints) do networks.leave(endpoint) end
  container.restart_at = restarts(container, code, at)
  container.status = container.restart_at and "restarting" or "exited"
  engine.note_container(container, "die", { exitCode = tostring(code) })
  if container.restart_at then container.restarts = container.restarts + 1 end
end

-- The next thing that happens to a container: when, and what.
local function next_event(container)
  local at, happen
  local function consider(moment, what)
    if moment and (not at or moment < at) then at, happen = moment, what end
  end
  local coming = container.coming and container.coming[1]
  consider(coming and coming.at, function() table.insert(container.log, table.remove(container.coming, 1)) end)
  consider(container.probe_at, function() probe(container, container.probe_at) end)
  consider(container.exit_at, function() finish(container, container.will_exit, container.exit_at) end)
  consider(container.restart_at, function() begin(container, container.restart_at) end)
  return at, happen
end

function engine.settle()
  local now = sim.now()
  for _, container in ipairs(engine.containers) do
    while true do
      local at, happen = next_event(container)
      if not at or at > now then break end
      happen()
    end
  end
end

function M.kill(container, code)
  container.stopping = true
  finish(container, code or 137, sim.now())
end

-- Ends on its own, as a crash does: the restart policy decides what follows.
function M.exit(container, code)
  engine.settle()
  if container.status == "running" then finish(container, code or 1, sim.now()) end
end

-- Asks it to end and waits for that; what does not listen is killed after its time.
local function stop(container, patience)
  container.stopping = true
  if container.status == "restarting" then
    container.status, container.restart_at = "exited", nil
    return
  end
  local stops = container.life.stops
  local signal = container.config.StopSignal or "SIGTERM"
  if type(stops) == "number" then stops = { code = stops } end
  if stops == nil then stops = { code = 0 } end
  local after, code = patience, 137
  if signal == "SIGKILL" or signal == "9" then
    after = 0
  elseif stops and seconds(stops.after) <= patience then
    after, code = seconds(stops.after), stops.code or 0
  end
  if not container.exit_at or container.exit_at > sim.now() + after then
    container.exit_at, container.will_exit = sim.now() + after, code
  end
  if after > 0 then sim.sleep(container.exit_at - sim.now()) end
  engine.settle()
end

local function patience_of(container, given) return tonumber(given) or container.config.StopTimeout or 10 end

engine.route("POST", "/containers/{name}/start", function(request)
  local container = engine.get_container(request.args.name)
  if container.status == "running" then return { status = 304 } end
  if container.status == "paused" then shared.refuse(409, "cannot start a paused container, try unpause instead") end
  start(container)
  engine.settle()
  return { status = 204 }
end)

engine.route("POST", "/containers/{name}/stop", function(request)
  local container = engine.get_container(request.args.name)
  if container.status == "created" or container.status == "exited" then return { status = 304 } end
  stop(container, patience_of(container, request.query.t))
  return { status = 204 }
end)

engine.route("POST", "/containers/{name}/restart", function(request)
  local container = engine.get_container(request.args.name)
  if container.status == "running" or container.status == "restarting" then stop(container, patience_of(container, request.query.t)) end
  start(container)
  engine.settle()
  return { status = 204 }
end)

engine.route("POST", "/containers/{name}/kill", function(request)
  local name, signal = request.args.name, (request.query.signal or "SIGKILL"):gsub("^SIG", "")
  local container = engine.find_container(name)
  if not container then shared.refuse(404, "Cannot kill container: %s: No such container: %s", name, name) end
  if container.status ~= "running" then
    shared.refuse(409, "Cannot kill container: %s: Container %s is not running", name, container.id)
  end
  if not SIGNALS:find(" " .. signal .. " ", 1, true) then shared.refuse(400, "Invalid signal: %s", request.query.signal) end
  if signal == "KILL" or signal == "9" then M.kill(container) else behaviour.signal(container, signal) end
  return { status = 204 }
end)

engine.route("POST", "/containers/{name}/wait", function(request)
  local container = engine.get_container(request.args.name)
  sim.wait_until(function()
    engine.settle()
    return container.status ~= "running" and container.status ~= "restarting"
  end)
  return { json = { StatusCode = container.exit_code, Error = shared.null } }
end)

for _, change in ipairs { { "pause", "running", "paused" }, { "unpause", "paused", "running" } } do
  local verb, from, to = table.unpack(change)
  engine.route("POST", "/containers/{name}/" .. verb, function(request)
    local container = engine.get_container(request.args.name)
    if container.status ~= from then shared.refuse(409, "Container %s is not %s", container.id, from) end
    container.status = to
    engine.note_container(container, verb)
    return { status = 204 }
  end)
end

return M

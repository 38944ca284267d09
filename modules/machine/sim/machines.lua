-- SPDX-License-Identifier: Apache-2.0
-- Simulated machines over SSH, by their names as machine.ssh has them:
--   simulate { machines = {
--     ["deploy@web1"] = { files = ..., users = ..., groups = ..., packages = ..., repository = ..., programs = ... },
--     ["deploy@db*"] = {},                  -- each machine whose name matches, with files of its own
--     web2 = { hangs = true },
--   } }
-- What a machine has is as in machine.sim.lua; a program's `call` has user, machine and drop(), which loses the connection
-- there and then. The user of the name, and `users`, may log in; where neither is given, root. They may do what they may
-- do on a machine: what belongs to root needs sudo. How it can be out of order, to be set during the test, too:
--   refuses = true        nobody listens (ssh.unreachable)
--   hangs = true          takes connections and says nothing (ssh.timeout)
--   key = "changed"       or "unknown" (ssh.host_key)
--   denies = true         lets nobody in (ssh.auth)
--   drops_after = 3       loses the connection in the fourth operation, once it is done (ssh.connection_lost)
--   latency = "200ms"     that each operation takes
--   full = true           the disk (machine.no_space)
--   sudo = false          nobody may; sudo_password = "..." is what sudo asks for
-- A machine that is not declared is unreachable. The test has world.machines[name] with these keys, and calls,
-- processes, packages and program(name, run) as in world.machine.
local sim, options = ...

local FAULTS = {
  refuses = "boolean", hangs = "boolean", denies = "boolean", full = "boolean", sudo = "boolean", key = "key", sudo_password = "string",
  drops_after = "count", latency = "duration",
}
local HAS = { files = true, users = true, groups = true, packages = true, repository = true, programs = true }

local function invalid(message, hint) sim.fail("argument.invalid", "simulate: " .. message, { hint = hint }) end

local function check_fault(name, key, value)
  local kind = FAULTS[key]
  local fits = type(value) == kind
  if kind == "key" then fits = value == "changed" or value == "unknown" end
  if kind == "count" then fits = math.type(value) == "integer" and value >= 0 end
  if kind == "duration" then fits = pcall(sim.seconds, value) end
  if not fits then invalid(("machines['%s']: '%s' cannot be %s"):format(name, key, tostring(value))) end
end

-- user, host and port of "deploy@web1:2222", "[2001:db8::1]:22" or "web*".
local function parsed(name)
  local user, place = name:match "^([^@]+)@(.+)$"
  place = place or name
  local host, port = place:match "^%[(.+)%]:?(%d*)$"
  if not host then host, port = place:match "^([^:]+):?(%d*)$" end
  return user, host or place, tonumber(port)
end

local declared, hosts = {}, {}

local function declare(name, given)
  if type(name) ~= "string" or type(given) ~= "table" then invalid("machines must be tables by their names: { web1 = {} }") end
  local it = { name = name, given = given }
  it.user, it.host, it.port = parsed(name)
  if it.host:find("*", 1, true) then it.pattern = "^" .. it.host:gsub("[^%w*]", "%%%0"):gsub("%*", ".*") .. "$" end
  for key, value in pairs(given) do
    if FAULTS[key] then
      check_fault(name, key, value)
    elseif not HAS[key] then
      invalid(("machines['%s'] has no option '%s'"):format(name, tostring(key)), "see simulate in docs/testing-runbooks.md")
    end
  end
  for _, other in ipairs(declared) do
    if other.host == it.host and other.port == it.port then
      invalid(("machines['%s'] is the same machine as '%s'"):format(name, other.name), "who else may log in stands in its 'users'")
    end
  end
  declared[#declared + 1] = it
end

local names = {}
for name in pairs(options) do names[#names + 1] = name end
table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
for _, name in ipairs(names) do declare(name, options[name]) end

local function state_of(host)
  return { files = sim.files(host.name), packages = host.parts.packages, processes = host.detached.state() }
end

local function make(name, it)
  local here = sim.machine(name)
  local host = { name = name, login = it.user, given = it.given, faults = {} }
  local parts = {}
  for key, value in pairs(it.given) do (FAULTS[key] and host.faults or parts)[key] = value end
  if it.user ~= "root" then parts.login = it.user end
  host.parts = sim.part("machine", "host", parts, here, function(what)
    return ("give simulate { machines = { [\"%s\"] = { %s } } }"):format(it.name, what)
  end)
  host.detached = sim.part("machine", "processes", here, host.parts.find_program)
  local homes = { [parts.login or false] = true }
  for user in pairs(parts.users or {}) do homes[user] = true end
  homes[false] = nil
  for user in pairs(homes) do here:directory_ensure { path = "/home/" .. user, owner = user, group = user } end
  hosts[name] = host
  return host
end

for _, it in ipairs(declared) do
  if not it.pattern then make(it.name, it) end
end

local making = {}

local function make_with_state(name, it)
  local host = make(name, it)
  host.first = state_of(host)
end

-- The first question for one of a pattern makes it; others that come meanwhile wait, and try themselves where that failed.
local function make_once(name, it)
  while making[name] or not hosts[name] do
    if making[name] then
      sim.wait_until(function() return not making[name] end)
    else
      making[name] = true
      local made, err = pcall(make_with_state, name, it)
      making[name] = nil
      if not made then
        hosts[name] = nil
        error(err, 0)
      end
    end
  end
  return hosts[name]
end

-- The machine that is meant. One without a port has all of them that no other one has.
local function find(host_name, port)
  local any_port
  for _, it in ipairs(declared) do
    if not it.pattern and it.host == host_name then
      if (it.port or 22) == (port or 22) then return hosts[it.name] end
      if not it.port then any_port = hosts[it.name] end
    end
  end
  if any_port then return any_port end
  for _, it in ipairs(declared) do
    if it.pattern and host_name:find(it.pattern) and (not it.port or it.port == (port or 22)) then
      return make_once((it.user and it.user .. "@" or "") .. host_name .. (it.port and ":" .. it.port or ""), it)
    end
  end
end

local function declared_names()
  local all = {}
  for _, it in ipairs(declared) do all[#all + 1] = "'" .. it.name .. "'" end
  if #all > 8 then all = { table.concat(all, ", ", 1, 8), "..." } end
  return #all > 0 and "there are " .. table.concat(all, ", ") or "none is declared"
end

sim.on("machine", sim.part("machine", "way", find, parsed, declared_names))

sim.on("machine.program", function(request, emit)
  local host = hosts[request.machine]
  local function drop()
    sim.fail("ssh.connection_lost", ("the connection to %s is gone: the other side closed it"):format(host.name),
      { hint = "'resume' goes on from here", context = { host = host.name }, retryable = true })
  end
  return host.parts.run_program(request, emit, { user = request.env.USER, machine = host.name, drop = drop })
end)

sim.on("machine.process", function(request) return hosts[request.machine].detached.answer(request) end)

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

if #declared > 0 then
  sim.state("machines", function()
    local state = {}
    for name, host in pairs(hosts) do
      local now = state_of(host)
      -- One of a pattern is there from when it is first asked for: unless it was changed, that is no difference.
      if not (host.first and same(host.first, now)) then state[name] = now end
    end
    return state
  end)
end

local function handle_of(host)
  return setmetatable({}, {
    __index = function(_, key)
      if FAULTS[key] then return host.faults[key] end
      if key == "name" then return host.name end
      if key == "program" then return host.parts.add_program end
      if key == "processes" then return host.detached.processes end
      return host.parts[key]
    end,
    __newindex = function(_, key, value)
      if not FAULTS[key] then
        invalid(("machines['%s'] has no '%s' to be set"):format(host.name, tostring(key)),
          "it has refuses, hangs, denies, key, drops_after, latency, full, sudo and sudo_password")
      end
      if value ~= nil then check_fault(host.name, key, value) end
      host.faults[key] = value
    end,
  })
end

return setmetatable({}, {
  __index = function(_, name)
    local _, host_name, port = parsed(name)
    local host = find(host_name, port)
    if not host then invalid("there is no machine '" .. name .. "'", declared_names()) end
    return handle_of(host)
  end,
})

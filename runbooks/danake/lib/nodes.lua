-- SPDX-License-Identifier: Apache-2.0
-- The machines that are to be a swarm, of an inventory: `vars: { role: manager, addr: 10.0.0.1 }` for each.
local rb = require "runbook"
local docker = require "docker"
local inventory = require "inventory"

local M = {}

local function target_of(host) return host.here and "unix:///var/run/docker.sock" or "ssh://" .. host.address end

local function valid_address(addr)
  if type(addr) ~= "string" then return false end
  local a, b, c, d = addr:match "^(%d+)%.(%d+)%.(%d+)%.(%d+)$"
  if a then return math.max(tonumber(a), tonumber(b), tonumber(c), tonumber(d)) < 256 end
  return addr:find "^[%x:]+$" ~= nil and addr:find ":" ~= nil
end

-- The nodes in the order of the file, managers first: { name, role, addr, target, engine, host }.
function M.load(p)
  local problems, managers, workers, by_addr = {}, {}, {}, {}
  for _, host in ipairs(inventory.load(p.nodes):list()) do
    local role, addr = host.vars.role or "worker", host.vars.addr
    local node = { name = host.name, role = role, addr = addr, target = target_of(host), host = host }
    local function say(text, ...) problems[#problems + 1] = host.name .. ": " .. text:format(...) end
    if role ~= "manager" and role ~= "worker" then say("its role is '%s', not manager or worker", tostring(role)) end
    if not valid_address(addr) then say "addr is no IP address" end
    if addr and by_addr[addr] then say("%s has the address %s already", by_addr[addr], tostring(addr)) end
    if addr then by_addr[addr] = host.name end
    local list = role == "manager" and managers or workers
    list[#list + 1] = node
  end
  if #managers ~= p.managers then
    problems[#problems + 1] = ("%d managers are named, not %d: say --managers %d where that is meant"):format(#managers, p.managers,
      #managers)
  end
  if #problems > 0 then rb.fail("danake.nodes", p.nodes .. " cannot be used:\n  " .. table.concat(problems, "\n  ")) end
  local nodes = table.move(workers, 1, #workers, #managers + 1, managers)
  for _, node in ipairs(nodes) do node.engine = docker.connect(node.target) end
  return nodes
end

-- What each engine says of itself: its host name, by which the swarm will know it, and the swarm it is in.
function M.look(nodes)
  local seen, by_name, problems = {}, {}, {}
  local found = rb.each(nodes, { limit = 10, key = function(node) return node.name end }, function(node)
    return { info = node.engine:info(), swarm = node.engine:swarm_get() }
  end)
  for index, node in ipairs(nodes) do
    local name = found[index].info.name
    if by_name[name] then
      problems[#problems + 1] = ("%s and %s both have the host name '%s'"):format(by_name[name], node.name, name)
    elseif name ~= node.name then
      problems[#problems + 1] = ("%s has the host name '%s'; the inventory has to call it the same"):format(node.name, name)
    end
    by_name[name] = by_name[name] or node.name
    local swarm = found[index].swarm
    seen[node.name] = { in_swarm = swarm ~= nil, node_id = swarm and swarm.node_id or "" }
  end
  if #problems > 0 then rb.fail("danake.hostnames", table.concat(problems, "\n")) end
  return seen
end

return M

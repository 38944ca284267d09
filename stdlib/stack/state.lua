-- SPDX-License-Identifier: Apache-2.0
-- What an engine has of a stack. It knows no stacks, only objects with a label.
local core = ...
local rb = require "runbook"

local M = { LABEL = "com.docker.stack.namespace" }

-- Tasks that are on no node: those of a job that was removed before it began are kept by some engines for ever.
local IDLE = { new = true, allocated = true, pending = true, complete = true, failed = true, shutdown = true, rejected = true,
               remove = true, orphaned = true }

function M.filter(name) return { labels = { [M.LABEL] = name } } end

function M.by_name(list)
  local made = {}
  for _, one in ipairs(list) do made[one.name] = one end
  return made
end

function M.names(map)
  local names = {}
  for name in pairs(map) do names[#names + 1] = name end
  table.sort(names)
  return names
end

function M.check_manager(engine)
  local swarm = engine:swarm_get()
  if core.is_unknown(swarm) or (swarm and swarm.manager) then return end
  rb.fail("stack.not_manager", swarm and "this node of the swarm is no manager, and only managers deploy stacks"
    or "this engine is in no swarm, and stacks are deployed to swarms", {
      hint = swarm and "connect to a manager" or "make it one with engine:swarm_init(), or let it join one" })
end

-- Tasks that still run, or are being ended, although their service is gone: they hold networks of the stack. And those that
-- nobody will hear of, because their node is down: what it last said of them holds for ever.
function M.leftovers(engine, name, services)
  local alive, left = {}, {}
  for _, service in pairs(services) do alive[service.id] = true end
  for _, task in ipairs(engine:task_list(M.filter(name))) do
    if not alive[task.raw.ServiceID] and not IDLE[task.raw.Status.State] then left[#left + 1] = task end
  end
  local down, waited, lost = {}, {}, {}
  for _, node in ipairs(#left > 0 and engine:node_list() or {}) do down[node.id] = node.state == "down" end
  for _, task in ipairs(left) do table.insert(down[task.raw.NodeID] and lost or waited, task) end
  return waited, lost
end

function M.read(engine, name)
  local filter = M.filter(name)
  local state = {
    services = M.by_name(engine:service_list(filter)), networks = M.by_name(engine:network_list(filter)),
    secrets = M.by_name(engine:secret_list(filter)), configs = M.by_name(engine:config_list(filter)),
  }
  state.leftovers, state.lost = M.leftovers(engine, name, state.services)
  return state
end

-- Waits for the end of an earlier stack of that name: what it leaves cannot be used, but is still shown.
function M.wait_for_leftovers(engine, name, timeout)
  rb.wait_until("the last tasks of the earlier '" .. name .. "' are gone", { timeout = timeout or "1m", every = "200ms" }, function()
    return #M.leftovers(engine, name, M.by_name(engine:service_list(M.filter(name)))) == 0
  end)
end

return M

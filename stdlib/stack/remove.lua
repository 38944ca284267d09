-- SPDX-License-Identifier: Apache-2.0
-- A stack taken away, until nothing of it is left that a next one of the same name could run into.
local core = ...
local rb = require "runbook"

local state_of = core.part "stack/state"(core)

local function is_on(service, ids)
  for _, one in ipairs(service.raw.Spec.TaskTemplate.Networks or {}) do
    if ids[one.Target] then return ids[one.Target] end
  end
end

-- Who else is on the stack's networks: they could not be removed.
local function strangers(engine, name, state)
  local ids, found, tasks = {}, {}, {}
  for _, network in pairs(state.networks) do ids[network.id] = network.name end
  if not next(ids) then return found end
  for _, service in ipairs(engine:service_list()) do
    local network = not state.services[service.name] and is_on(service, ids)
    if network then found[#found + 1] = ("the service '%s' is on the network '%s'"):format(service.name, network) end
    tasks[#tasks + 1] = service.name .. "."
  end
  for _, network in pairs(state.networks) do
    for _, one in pairs(engine:network_get(network.name).raw.Containers or {}) do
      local of_service = one.Name:find("-endpoint$") ~= nil
      for _, prefix in ipairs(tasks) do of_service = of_service or one.Name:sub(1, #prefix) == prefix end
      if not of_service and one.Name:sub(1, #name + 1) ~= name .. "_" then
        found[#found + 1] = ("the container '%s' is on the network '%s'"):format(one.Name, network.name)
      end
    end
  end
  table.sort(found)
  return found
end

local function what_is_left(engine, name)
  local state, left = state_of.read(engine, name), {}
  for _, kind in ipairs { "services", "secrets", "configs", "networks" } do
    for _, one in ipairs(state_of.names(state[kind])) do left[#left + 1] = ("%s '%s'"):format(kind:sub(1, -2), one) end
  end
  if #state.leftovers > 0 then left[#left + 1] = ("%d tasks"):format(#state.leftovers) end
  return left
end

-- What was on nodes that are down has not been seen to end.
local function tell_lost(engine, name)
  local lost, names = state_of.read(engine, name).lost, {}
  for index, task in ipairs(lost) do names[index] = ("%s on '%s'"):format(task.id, task.node or task.raw.NodeID) end
  if #lost > 0 then
    require("log").warn(("these tasks of '%s' were not seen to end, as their nodes are down: %s"):format(name, table.concat(names, ", ")))
  end
  return #lost
end

local function count(map)
  local n = 0
  for _ in pairs(map) do n = n + 1 end
  return n
end

return function(engine, name, options)
  state_of.check_manager(engine)
  engine:node_list()  -- needed later: who may not ask is told so before anything is removed
  local state = state_of.read(engine, name)
  local result = { stack = name, services = count(state.services), networks = count(state.networks), secrets = count(state.secrets),
                   configs = count(state.configs), tasks = #state.leftovers, lost = 0 }
  result.found = result.services + result.networks + result.secrets + result.configs + result.tasks > 0
  if not result.found then
    require("log").warn("there is no stack '" .. name .. "': nothing has its label")
    return result
  end
  local others = strangers(engine, name, state)
  if #others > 0 then
    rb.fail("stack.in_use", table.concat(others, "\n"), { hint = "remove them first; nothing of the stack '" .. name .. "' was changed" })
  end
  rb.step("remove the stack " .. name, { idempotent = true }, function()
    for _, kind in ipairs { "service", "secret", "config", "network" } do
      for _, one in ipairs(state_of.names(state[kind .. "s"])) do engine[kind .. "_remove"](engine, one) end
    end
  end)
  rb.step("wait until nothing is left of " .. name, { idempotent = true }, function()
    rb.wait_until("nothing of the stack '" .. name .. "' is left", {
      timeout = options.timeout or "2m", every = "200ms", evidence = function() return table.concat(what_is_left(engine, name), "\n") end,
    }, function() return #what_is_left(engine, name) == 0 end)
  end)
  if not rb.dry_run() then result.lost = tell_lost(engine, name) end
  return result
end

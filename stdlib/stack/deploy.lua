-- SPDX-License-Identifier: Apache-2.0
-- A stack file brought to a swarm, in the order of the docker CLI: what is pruned, networks, secrets and configs, services.
-- Each is a step that can be undone; what is as it should be is left alone.
local core, stack, make_plan = ...
local rb = require "runbook"

local state_of = core.part "stack/state"(core)

local function of_kind(plan, kind, actions)
  local items = {}
  for _, item in ipairs(plan.items) do
    if item.kind == kind and actions[item.action] then items[#items + 1] = item end
  end
  return items
end

local NEW = { create = true }

local function create_network(engine, spec)
  local ipam, more = spec.IPAM or {}, {}
  for index, one in ipairs(ipam.Config or {}) do more[index] = one.Subnet end
  engine:network_create(spec.Name, {
    driver = spec.Driver, labels = spec.Labels, options = spec.Options, internal = spec.Internal, attachable = spec.Attachable,
    ipam_driver = ipam.Driver ~= "" and ipam.Driver or nil, subnet = table.remove(more, 1), more_subnets = #more > 0 and more or nil,
  })
end

local function create_content(engine, item)
  local data = item.file and require("machine").here():read(item.file, { secret = item.kind == "secret" })
  local made = { name = item.name, data = data, labels = item.labels, driver = item.driver, template_driver = item.template_driver }
  if item.rotates then
    engine[item.kind .. "_version"](engine, { name = item.name, data = data, labels = item.labels })
  elseif item.action == "create" then
    engine[item.kind .. "_create"](engine, made)
  else
    engine[item.kind .. "_update_labels"](engine, item.name, item.labels)
  end
end

-- A network that is being removed is still shown, and gone when a service asks for it.
local function is_dying_network(err, plan)
  if not err.message:find "network" or not err.message:find "not found" then return false end
  for _, item in ipairs(plan.items) do
    if item.kind == "network" and err.message:find(item.name, 1, true) then return true end
  end
  return false
end

local function send(engine, plan, item)
  for attempt = 1, 30 do
    local done, err = rb.try(function()
      engine:service_ensure { name = item.name, spec = item.spec, auth = item.auth }
      return true
    end)
    if done then return end
    if attempt == 30 or not is_dying_network(err, plan) then error(err, 0) end
    rb.sleep "1s"
    for _, network in ipairs(of_kind(plan, "network", { create = true, unchanged = true })) do
      if not engine:network_find(network.name) then create_network(engine, network.spec) end
    end
  end
end

local function names_of(items)
  local names = {}
  for index, item in ipairs(items) do names[index] = item.version or item.name end
  return names
end

local function tell(plan, model)
  local log = require "log"
  for _, warning in ipairs(model.warnings or {}) do log.warn(warning) end
  for _, warning in ipairs(plan.warnings) do log.warn(warning) end
end

local function prune_versions(engine, plan)
  for _, item in ipairs(plan.items) do
    if item.rotates then engine[item.kind .. "_versions_prune"](engine, { name = item.name, keep = { item.version } }) end
  end
end

-- What of these items and of what follows them is not permitted, all of it, as an error; nil where nothing is.
local function judge(engine, plan, options)
  local _ <close> = setmetatable({}, { __close = function() core.rehearsed("stack.deploy") end })
  core.rehearse()
  for _, item in ipairs(plan.items) do
    if item.action == "remove" then
      engine:service_remove(item.name)
    elseif item.action ~= "unchanged" and item.kind == "network" then
      create_network(engine, item.spec)
    elseif item.action ~= "unchanged" and item.kind == "service" then
      engine:service_ensure { name = item.name, spec = item.spec }
    elseif item.action ~= "unchanged" then
      create_content(engine, item)
    end
  end
  if options.wait ~= false then
    if #plan.services > 0 then engine:service_wait(plan.services) end
    prune_versions(engine, plan)
  end
  return core.rehearsed("stack.deploy")
end

return function(engine, model, name, options)
  local plan = make_plan(engine, model, name, options, function(planned) return judge(engine, planned, options) end)
  tell(plan, model)
  local function step(title, step_options, run) return rb.step(("%s of %s"):format(title, name), step_options, run) end
  if plan.leftovers > 0 then state_of.wait_for_leftovers(engine, name, options.timeout) end

  local removed = of_kind(plan, "service", { remove = true })
  if options.prune then
    step("prune services", { idempotent = true }, function()
      for _, item in ipairs(removed) do engine:service_remove(item.name) end
    end)
  end
  step("networks", { undo = rb.revert }, function()
    for _, item in ipairs(of_kind(plan, "network", NEW)) do create_network(engine, item.spec) end
  end)
  step("secrets and configs", { undo = rb.revert }, function()
    for _, kind in ipairs { "secret", "config" } do
      for _, item in ipairs(of_kind(plan, kind, { create = true, relabel = true })) do create_content(engine, item) end
    end
  end)
  local created, updated = of_kind(plan, "service", NEW), of_kind(plan, "service", { update = true })
  step("services", { undo = rb.revert }, function()
    for _, items in ipairs { updated, created } do
      for _, item in ipairs(items) do send(engine, plan, item) end
    end
  end)
  if options.wait ~= false then
    step("convergence", { idempotent = true }, function()
      if #plan.services > 0 then stack.wait(engine, name, { timeout = options.timeout, services = plan.services,
        monitor = #created + #updated == 0 and 0 or options.monitor }) end
    end)
    if options.rotate then step("old secrets and configs", { idempotent = true }, function() prune_versions(engine, plan) end) end
  end
  return { stack = name, created = names_of(created), updated = names_of(updated), removed = names_of(removed),
           unchanged = names_of(of_kind(plan, "service", { unchanged = true })), changes = plan.changes, warnings = plan.warnings }
end

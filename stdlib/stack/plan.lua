-- SPDX-License-Identifier: Apache-2.0
-- What a deployment would change, found by reading; and whatever an engine would refuse half-way, refused here.
local core, stack = ...
local rb = require "runbook"

local state_of = core.part "stack/state"(core)
local LABEL = state_of.LABEL
local PREDEFINED = { default = true, bridge = true, host = true, none = true }

local function new_report()
  local report = { problems = {}, warnings = {} }
  local function adder(list)
    return function(text) list[#list + 1] = text end
  end
  report.problem, report.warn = adder(report.problems), adder(report.warnings)
  return report
end

-- Networks are never changed: what runs on one would be cut off.
local function plan_network(engine, name, wanted, seen, going, report)
  local item = { kind = "network", name = wanted.Name, spec = wanted, action = "create" }
  if going then return item end
  seen = seen or engine:network_find(wanted.Name)
  if core.is_unknown(seen) or not seen then return item end
  item.action = "unchanged"
  local owner = seen.labels[LABEL]
  if owner ~= name then
    report.problem(("the network '%s' is there and %s"):format(wanted.Name,
      owner and "is of the stack '" .. owner .. "'" or "is of no stack: declare it as external, or remove it"))
  elseif seen.driver ~= wanted.Driver or seen.attachable ~= wanted.Attachable or seen.internal ~= wanted.Internal then
    report.warn(("the network '%s' is there and differs; networks are not changed: remove the stack first"):format(wanted.Name))
  end
  return item
end

local function check_external_networks(engine, names, report)
  for _, wanted in ipairs(names) do
    if not PREDEFINED[wanted] then
      local seen = engine:network_find(wanted)
      if not seen then
        report.problem(("there is no network '%s', which is external: create it first, with the driver 'overlay'"):format(wanted))
      elseif not core.is_unknown(seen) and seen.raw.Scope ~= "swarm" then
        report.problem(("the external network '%s' is on this node only: services need one with the driver 'overlay'"):format(wanted))
      end
    end
  end
end

local function ingress(port) return port.PublishedPort and (port.PublishMode or "ingress") == "ingress" end

-- In a swarm each port is published once, whatever publishes it.
local function check_ports(engine, services, removed, report)
  local taken, own = {}, {}
  for _, spec in ipairs(services) do own[spec.Name] = true end
  for _, gone in ipairs(removed) do own[gone] = true end
  for _, service in ipairs(engine:service_list()) do
    for _, port in ipairs(not own[service.name] and (service.raw.Spec.EndpointSpec or {}).Ports or {}) do
      if ingress(port) then taken[("%d/%s"):format(port.PublishedPort, port.Protocol or "tcp")] = service.name end
    end
  end
  for _, spec in ipairs(services) do
    for _, port in ipairs(spec.EndpointSpec.Ports or {}) do
      local key = ingress(port) and ("%d/%s"):format(port.PublishedPort, port.Protocol or "tcp")
      if key and taken[key] then
        report.problem(("the port %s of '%s' is published by '%s' already"):format(key, spec.Name, taken[key]))
      end
    end
  end
end

local function plan_service(engine, name, spec, items, contents)
  local comparable, new = contents.without_new(items, spec)
  local item = { kind = "service", name = spec.Name, spec = spec, action = "create" }
  local seen = engine:service_verify { name = spec.Name, spec = comparable }
  if core.is_unknown(seen) then
    item.action = "update"
  elseif seen.exists then
    if seen.service.labels[LABEL] ~= name then
      return item, ("there is a service '%s' already, and it is not of this stack"):format(spec.Name)
    end
    item.action = seen.equal and #new == 0 and "unchanged" or "update"
    item.diff = item.action == "update" and seen.diff or nil
    for _, added in ipairs(new) do
      local before = item.diff ~= "" and item.diff or ("--- service %s\n+++ service %s\n"):format(spec.Name, spec.Name)
      item.diff = before .. "+" .. added .. "\n"
    end
  else
    item.diff = seen.diff
  end
  return item
end

-- `denied`: what is not permitted, nil where all is.
local function refuse(name, report, denied)
  if #report.problems == 0 and not denied then return end
  if #report.problems == 0 then error(denied, 0) end
  local problems = table.move(report.problems, 1, #report.problems, 1, {})
  problems[#problems + 1] = denied and denied.message
  local hint = "nothing of the stack '" .. name .. "' was changed"
  rb.fail("stack.refused", table.concat(problems, "\n"), { hint = denied and hint .. "; " .. denied.hint or hint })
end

local SIGN = { create = "+", update = "~", relabel = "~", remove = "-", unchanged = "=" }

local function text_of(items)
  local lines = {}
  for _, item in ipairs(items) do
    lines[#lines + 1] = ("%s %s %s"):format(SIGN[item.action], item.kind, item.version or item.name)
    if item.action == "update" then
      for line in (item.diff or ""):gmatch "[^\n]+" do
        if not line:find("^%-%-%- ") and not line:find("^%+%+%+ ") then lines[#lines + 1] = "    " .. line end
      end
    end
  end
  return table.concat(lines, "\n")
end

-- The networks of the engine itself have another id in the swarm than the one that lists show.
local function name_predefined(engine, spec, running)
  for _, wanted in ipairs(spec.TaskTemplate.Networks or {}) do
    for _, attached in ipairs(PREDEFINED[wanted.Target] and running and running.raw.Spec.TaskTemplate.Networks or {}) do
      local seen = engine:network_find(attached.Target)
      if seen and seen.name == wanted.Target then wanted.Target = attached.Target end
    end
  end
end

-- The spec of each service, with what is decided only now: which image, which versions of secrets, what the engine knows.
local function prepare_services(engine, objects, state, options, report)
  local images = core.part "stack/images"(core, report.warn)
  local forget = core.part "stack/forgotten"()
  local auth = images.credentials(options.auth)
  local minor = tonumber(tostring(engine:version().api):match("^1%.(%d+)"))
  for _, spec in ipairs(objects.services) do
    forget(spec, minor, report.warn, report.problem)
    local image = spec.TaskTemplate.ContainerSpec.Image
    name_predefined(engine, spec, state.services[spec.Name])
    images.resolve(engine, spec, state.services[spec.Name], options.resolve_image or "always", auth(image))
  end
  return auth
end

-- Items in the order in which they are done, and what else is to be known. `judge` gives what of them is not permitted.
return function(engine, model, name, options, judge)
  judge = judge or function() end
  local report, objects = new_report(), stack.objects(model, name)
  state_of.check_manager(engine)
  local state = state_of.read(engine, name)
  local plan = { stack = name, items = {}, warnings = report.warnings, leftovers = #state.leftovers, services = {} }
  local function add(item)
    plan.items[#plan.items + 1] = item
    return item
  end

  local wanted, removed = {}, {}
  for _, spec in ipairs(objects.services) do
    wanted[spec.Name] = true
    plan.services[#plan.services + 1] = spec.Name
  end
  for _, gone in ipairs(options.prune and state_of.names(state.services) or {}) do
    if not wanted[gone] then
      removed[#removed + 1] = gone
      add { kind = "service", name = gone, action = "remove" }
    end
  end
  check_external_networks(engine, objects.external_networks, report)
  for _, network in ipairs(objects.networks) do
    add(plan_network(engine, name, network, state.networks[network.Name], #state.leftovers > 0 and next(state.services) == nil, report))
  end
  local contents = core.part "stack/contents"(core, engine, name, report, options.rotate)
  local items = {}
  for _, kind in ipairs { "secret", "config" } do
    local of_kind = contents.plan(kind, objects)
    contents.refer(kind, of_kind, objects.services)
    contents.check_references(kind, of_kind, objects.services)
    for _, item in ipairs(of_kind) do items[#items + 1] = add(item) end
  end
  check_ports(engine, objects.services, removed, report)
  if options.local_volumes ~= "allow" then
    local doubt = options.local_volumes == "refuse" and report.problem or report.warn
    core.part "stack/nodes"(core)(engine, objects.services, report.warn, doubt)
  end
  if #report.problems > 0 then
    -- What there is of a service cannot be compared then: of those that are there it is not known whether they change.
    for _, spec in ipairs(objects.services) do
      if not state.services[spec.Name] then add { kind = "service", name = spec.Name, spec = spec, action = "create" } end
    end
    refuse(name, report, judge(plan))
  end

  local auth = prepare_services(engine, objects, state, options, report)
  for _, spec in ipairs(objects.services) do
    local item, problem = plan_service(engine, name, spec, items, contents)
    if problem then report.problem(problem) end
    item.auth = auth(spec.TaskTemplate.ContainerSpec.Image)
    add(item)
  end
  refuse(name, report, judge(plan))
  plan.changes = 0
  for _, item in ipairs(plan.items) do plan.changes = plan.changes + (item.action == "unchanged" and 0 or 1) end
  plan.text = text_of(plan.items)
  return plan
end

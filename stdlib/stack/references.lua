-- SPDX-License-Identifier: Apache-2.0
-- What services say of other parts of the stack, once all files are merged: that it is there, and fits together.
local core, problems, parts = ...
local places = parts.places
local rules = core.part "stack/engine_rules"(problems)

local function names_of(map)
  local names = {}
  for name in pairs(map or {}) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function check_known(at, what, map, name)
  if map and map[name] or name:find(parts.interpolate.missing, 1, true) then return end
  problems:add(at, ("there is no %s '%s'%s"):format(what, name, core.did_you_mean(name, names_of(map))))
end

local function check_files(service, kind, what, model)
  local targets = {}
  for _, reference in ipairs(service[kind] or {}) do
    if reference.source then
      local at = places[reference]
      check_known(at, what, model[kind], reference.source)
      local target = reference.target and reference.target ~= "" and reference.target or reference.source
      if targets[target] then problems:add(at, ("two %s have the target '%s'"):format(kind, target)) end
      targets[target] = true
    end
  end
end

local function check_credential(at, spec, model)
  if not spec then return end
  local given = {}
  for _, key in ipairs { "config", "file", "registry" } do
    if spec[key] and spec[key] ~= "" then given[#given + 1] = "'" .. key .. "'" end
  end
  if #given > 1 then problems:add(at, ("'credential_spec' takes only one of %s"):format(table.concat(given, " and "))) end
  if spec.config and spec.config ~= "" then check_known(at:child("config"), "config", model.configs, spec.config) end
end

local function check_modes(at, service)
  local deploy, health = service.deploy or {}, service.healthcheck or {}
  if deploy.replicas and (deploy.mode == "global" or deploy.mode == "global-job") then
    problems:add(at:child("deploy"):child("replicas"), ("'replicas' is not for the mode '%s'"):format(deploy.mode))
  end
  if health.disable and #(health.test or {}) > 0 then
    problems:add(at:child("healthcheck"):child("disable"), "'healthcheck' has a 'test' and is disabled")
  end
end

-- The swarm has each port once; of the host mode, each node does.
local function check_ports(name, at, service, taken)
  for _, port in ipairs(service.ports or {}) do
    local key = port.published and port.published ~= 0 and port.mode ~= "host" and ("%d/%s"):format(port.published, port.protocol or "tcp")
    if key and taken[key] and taken[key] ~= name then
      problems:doubt(at:child("ports"), ("the port %s is published by the service '%s', too"):format(key, taken[key]))
    end
    if key then taken[key] = taken[key] or name end
  end
end

local function check_service(at, service, model)
  if not service.image or service.image == "" then
    problems:add(at, ("the service '%s' has no image%s"):format(at.key, service.build and "; a stack does not build one" or ""))
  end
  for _, network in ipairs(names_of(service.networks)) do
    if network ~= "default" then check_known(places[service.networks[network]] or at, "network", model.networks, network) end
  end
  for _, network in ipairs(next(service.networks or {}) and names_of(service.networks) or { "default" }) do
    local described = model.networks and model.networks[network]
    rules.network(described and places[described] or at, network, described)
  end
  check_files(service, "secrets", "secret", model)
  check_files(service, "configs", "config", model)
  for _, mount in ipairs(service.volumes or {}) do
    local named = mount.type == "volume" or mount.type == "cluster" and not (mount.source or ""):find("^group:")
    if named and mount.source and mount.source ~= "" then check_known(places[mount], "volume", model.volumes, mount.source) end
  end
  local targets = {}
  for _, mount in ipairs(service.volumes or {}) do
    local target = mount.target or ""
    if target ~= "" and targets[target] then problems:doubt(places[mount], ("two mounts have the target '%s'"):format(target)) end
    targets[target] = true
  end
  for index, other in ipairs(service.depends_on or {}) do
    if not model.services[other] then
      local near = core.did_you_mean(other, names_of(model.services))
      problems:doubt(at:child("depends_on"):child(index - 1), ("there is no service '%s'%s"):format(other, near))
    end
  end
  check_credential(at:child("credential_spec"), service.credential_spec, model)
  check_modes(at, service)
  rules.service(at, service)
end

return function(model)
  local taken = {}
  for _, name in ipairs(names_of(model.services)) do
    local service = model.services[name]
    local at = places[service]
    check_service(at, service, model)
    check_ports(name, at, service, taken)
  end
end

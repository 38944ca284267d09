-- SPDX-License-Identifier: Apache-2.0
-- From a model to the objects of an engine, as the docker CLI makes them: so that one may deploy what the other did,
-- and no task starts anew. What is empty there is left out.
local core, service_spec = ...

local OF_STACK = "com.docker.stack.namespace"

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map or {}) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- Nil in place of what says nothing.
local function given(value)
  if value == "" or value == 0 or value == false or type(value) == "table" and next(value) == nil then return nil end
  return value
end

local function labels(name, own)
  local made = {}
  for key, text in pairs(own or {}) do made[key] = text end
  made[OF_STACK] = name
  return made
end

-- What an entry of a section is called in the engine.
local function scoped(name, key, entry)
  return entry and given(entry.name) or name .. "_" .. key
end

local tools = { given = given, labels = labels, scoped = scoped, sorted_keys = sorted_keys, null = core.null }

local function network(name, key, entry)
  local made = { Name = scoped(name, key, entry), Labels = labels(name, entry.labels), Driver = given(entry.driver) or "overlay",
                 Options = given(entry.driver_opts), Internal = entry.internal or false, Attachable = entry.attachable or false }
  local ipam = entry.ipam or {}
  if given(ipam.driver) or given(ipam.config) then
    made.IPAM = { Driver = ipam.driver or "" }
    for index, one in ipairs(ipam.config or {}) do
      made.IPAM.Config = made.IPAM.Config or {}
      made.IPAM.Config[index] = { Subnet = one.subnet }
    end
  end
  return made
end

-- Of networks only those that a service is in.
local function networks(name, model)
  local used, made, external = {}, {}, {}
  for _, service in pairs(model.services) do
    for key in pairs(given(service.networks) or { default = true }) do used[key] = true end
  end
  for _, key in ipairs(sorted_keys(used)) do
    local entry = model.networks[key] or {}
    if entry.external then external[#external + 1] = entry.name else made[#made + 1] = network(name, key, entry) end
  end
  return made, external
end

-- Secrets and configs, each with the file of its content.
local function contents(name, section)
  local made = {}
  for _, key in ipairs(sorted_keys(section)) do
    local entry = section[key]
    if not entry.external then
      local spec = { Name = scoped(name, key, entry), Labels = labels(name, entry.labels) }
      if given(entry.driver) then spec.Driver = { Name = entry.driver, Options = given(entry.driver_opts) } end
      if given(entry.template_driver) then spec.Templating = { Name = entry.template_driver } end
      made[#made + 1] = { spec = spec, file = not spec.Driver and entry.file or nil }
    end
  end
  return made
end

return function(model, name)
  local made = { services = {}, secrets = contents(name, model.secrets), configs = contents(name, model.configs) }
  made.networks, made.external_networks = networks(name, model)
  for _, key in ipairs(sorted_keys(model.services)) do made.services[#made.services + 1] = service_spec(tools, model, name, key) end
  return made
end

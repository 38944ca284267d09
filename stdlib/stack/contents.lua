-- SPDX-License-Identifier: Apache-2.0
-- Secrets and configs of a stack: what is to become of each, and all that an engine would refuse. Their content cannot be
-- changed: other content is refused, or goes by another name (rotate).
local core, engine, name, report, rotate = ...
local rb = require "runbook"

local LABEL = "com.docker.stack.namespace"
local KINDS = {
  secret = { most = 511999, section = "secrets", list = "Secrets", key = "SecretName" },
  config = { most = 1023999, section = "configs", list = "Configs", key = "ConfigName" },
}

local function same_labels(a, b)
  for key, value in pairs(a) do if b[key] ~= value then return false end end
  for key in pairs(b) do if a[key] == nil then return false end end
  return true
end

local function read(kind, one)
  local here = require("machine").here()
  local size, err = rb.try(function() return here:stat(one.file).size end)
  if core.is_unknown(size) then return size end
  if not size then
    report.problem(("the %s '%s' cannot be read: %s"):format(kind, one.spec.Name, err.message))
  elseif size == 0 or size > KINDS[kind].most then
    report.problem(("the %s '%s' has %d bytes in %s: engines take 1 to %d"):format(kind, one.spec.Name, size, one.file, KINDS[kind].most))
  else
    return here:read(one.file, { secret = kind == "secret" })
  end
end

-- A secret cannot be read back; whether it is the same is what the engine alone can tell.
local function same_content(kind, seen, data)
  if core.is_unknown(data) then return true end
  if kind == "config" then return seen.data == data end
  return engine:secret_verify { name = seen.name, data = data }.equal
end

local function is_name(text) return #text <= 64 and text:find("^%w[%w._-]*$") and text:find("%w$") end

local function version(kind, item, data)
  local found = engine[kind .. "_version_find"](engine, { name = item.name, data = data, labels = item.labels })
  if core.is_unknown(found) then return end
  item.version, item.action = found.name, found[kind] and "unchanged" or "create"
end

local function compared(kind, item, data)
  local seen = engine[kind .. "_find"](engine, item.name)
  if core.is_unknown(seen) then return end
  if not seen then
    item.action = "create"
  elseif seen.labels[LABEL] ~= name then
    local owner = seen.labels[LABEL]
    report.problem(("the %s '%s' is there and %s"):format(kind, item.name,
      owner and "is of the stack '" .. owner .. "'" or "is of no stack: declare it as external, or remove it"))
  elseif data and not same_content(kind, seen, data) then
    report.problem(("the content of the %s '%s' has changed, and engines cannot change one: give it another name (name: %s), " ..
      "or deploy with rotate = true"):format(kind, item.name, item.name .. "-2"))
  else
    item.action = same_labels(item.labels, seen.labels) and "unchanged" or "relabel"
  end
end

local function plan_one(kind, one)
  local spec = one.spec
  local item = { kind = kind, name = spec.Name, labels = spec.Labels, template_driver = spec.Templating and spec.Templating.Name,
                 driver = spec.Driver and { name = spec.Driver.Name, options = spec.Driver.Options }, action = "create" }
  if not is_name(spec.Name) then
    report.problem(("'%s' is no name of a %s: letters, digits and '-', '_', '.' are, at most 64"):format(spec.Name, kind))
    return item
  end
  local data
  if one.file then
    data = read(kind, one)
    if not data then return item end
    item.file, item.rotates = one.file, rotate
  end
  if item.rotates and not core.is_unknown(data) then version(kind, item, data) else compared(kind, item, data) end
  return item
end

local M = {}

-- What is to become of all of one kind.
function M.plan(kind, objects)
  local items = {}
  for index, one in ipairs(objects[KINDS[kind].section]) do items[index] = plan_one(kind, one) end
  return items
end

-- Lets services refer to the versions.
function M.refer(kind, items, services)
  local versions, own = {}, KINDS[kind]
  for _, item in ipairs(items) do versions[item.name] = item.version end
  for _, spec in ipairs(services) do
    local container = spec.TaskTemplate.ContainerSpec
    for _, one in ipairs(container[own.list] or {}) do one[own.key] = versions[one[own.key]] or one[own.key] end
    local credential = kind == "config" and container.Privileges.CredentialSpec
    if credential and credential.Config then credential.Config = versions[credential.Config] or credential.Config end
  end
end

-- Those that services refer to and that are not the stack's own have to be there.
function M.check_references(kind, items, services)
  local known, own = {}, KINDS[kind]
  for _, item in ipairs(items) do known[item.version or item.name] = true end
  for _, spec in ipairs(services) do
    for _, one in ipairs(spec.TaskTemplate.ContainerSpec[own.list] or {}) do
      local wanted = one[own.key]
      if not known[wanted] then
        known[wanted] = true
        local seen = engine[kind .. "_find"](engine, wanted)
        if not core.is_unknown(seen) and not seen then
          report.problem(("there is no %s '%s', which '%s' needs and which is external: create it first"):format(kind, wanted, spec.Name))
        end
      end
    end
  end
end

-- Of a service's references those that are there already: what it is compared with.
function M.without_new(items, spec)
  local new = {}
  for _, item in ipairs(items) do
    if item.action == "create" then new[item.kind .. " " .. (item.version or item.name)] = true end
  end
  local made, names = {}, {}
  for key, value in pairs(spec) do made[key] = value end
  made.TaskTemplate = {}
  for key, value in pairs(spec.TaskTemplate) do made.TaskTemplate[key] = value end
  local container = {}
  for key, value in pairs(spec.TaskTemplate.ContainerSpec) do container[key] = value end
  made.TaskTemplate.ContainerSpec = container
  for kind, own in pairs(KINDS) do
    local kept = {}
    for _, one in ipairs(container[own.list] or {}) do
      local full = kind .. " " .. one[own.key]
      if new[full] then names[#names + 1] = full else kept[#kept + 1] = one end
    end
    container[own.list] = #kept > 0 and kept or nil
  end
  table.sort(names)
  return made, names
end

return M

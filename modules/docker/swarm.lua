-- SPDX-License-Identifier: Apache-2.0
-- Desired state in a swarm: services as described, and secrets and configs by their content.
local _, internal = ...

local call, is_unknown = internal.call, internal.is_unknown

-- A second time nothing is sent: an update that changes nothing would still forget what to roll back to.
internal.compose("service_ensure", function(self, options)
  local engine = internal.target(self)
  local seen = call("service_verify", engine, options)
  if is_unknown(seen) then
    local found = call("service_find", engine, { name = options.name })
    return call(found == nil and "service_create" or "service_update", engine, options)
  end
  if seen.equal then
    return seen.service
  end
  return call(seen.exists and "service_update" or "service_create", engine, options, { diff = seen.diff })
end)

local function same(one, other)
  for key, value in pairs(one) do
    if other[key] ~= value then return false end
  end
  for key in pairs(other) do
    if one[key] == nil then return false end
  end
  return true
end

-- Every content has a name of its own, so that what runs keeps the one that it began with.
local function version(kind)
  internal.compose(kind .. "_version", function(self, options)
    local engine = internal.target(self)
    local seen = call(kind .. "_version_find", engine, options)
    if is_unknown(seen) then
      return call(kind .. "_create", engine, { name = seen, data = options.data })
    end
    local there = seen[kind]
    if not there then
      return call(kind .. "_create", engine, { name = seen.name, data = options.data, labels = seen.labels })
    end
    if not same(there.labels, seen.labels) then
      return call(kind .. "_update_labels", engine, { name = seen.name, labels = seen.labels })
    end
    return there
  end)
end

local function used_by(services, list, key)
  local used = {}
  local function note(spec)
    local container = spec and spec.TaskTemplate and spec.TaskTemplate.ContainerSpec
    for _, one in ipairs(container and container[list] or {}) do used[one[key]] = true end
  end
  for _, service in ipairs(services) do note(service.raw.Spec) end
  return used
end

-- Those of one name that nothing uses, the newest first.
local function unused(engine, kind, list, options)
  local versions = call(kind .. "_list", engine, { labels = { ["runbook.version.of"] = options.name } })
  local services = call("service_list", engine, {})
  if is_unknown(versions) or is_unknown(services) then return nil end
  local used, idle = used_by(services, list, kind:gsub("^%l", string.upper) .. "Name"), {}
  for _, one in ipairs(options.keep or {}) do used[one] = true end
  local kept = {}
  for _, one in ipairs(versions) do
    table.insert(used[one.name] and kept or idle, one)
  end
  table.sort(idle, function(a, b) return a.version > b.version end)
  return idle, kept
end

local function names_of(list)
  local names = {}
  for _, one in ipairs(list) do names[#names + 1] = one.name end
  table.sort(names)
  return names
end

for kind, list in pairs { secret = "Secrets", config = "Configs" } do
  version(kind)
  internal.compose(kind .. "_versions_prune", function(self, options)
    local engine = internal.target(self)
    local idle, kept = unused(engine, kind, list, options)
    local removed = {}
    -- What was in use before is what a rollback would need.
    for index, one in ipairs(idle or {}) do
      if index > (options.previous or 1) then
        call(kind .. "_remove", engine, { name = one.name })
        removed[#removed + 1] = one.name
      else
        kept[#kept + 1] = one
      end
    end
    return { removed = removed, kept = names_of(kept or {}) }
  end)
end

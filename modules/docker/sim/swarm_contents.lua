-- SPDX-License-Identifier: Apache-2.0
-- Secrets and configs of a simulated swarm.
local _, shared, engine = ...
local swarm = engine.part "swarm"

local KINDS = {
  secrets = { word = "secret", limit = 512000, list = "Secrets", id = "SecretID",
    too_large = "secret data must be larger than 0 and less than 512000 bytes" },
  configs = { word = "config", limit = 1024000, list = "Configs", id = "ConfigID",
    too_large = "config data must be larger than 0 and less than 1024000 bytes" },
}

local filters = {
  id = function(item, value) return item.ID:sub(1, #value) == value end,
  name = function(item, value) return item.Spec.Name:sub(1, #value) == value end,
  names = function(item, value) return item.Spec.Name == value end,
  label = function(item, value) return shared.has_label(item.Spec.Labels, value) end,
}

local function users(kind, object)
  local names = {}
  for _, service in ipairs(swarm.cluster().services) do
    for _, one in ipairs(service.Spec.TaskTemplate.ContainerSpec[kind.list] or {}) do
      if one[kind.id] == object.ID then names[#names + 1] = service.Spec.Name end
    end
  end
  return names
end

for plural, kind in pairs(KINDS) do
  local function all() return swarm.cluster()[plural] end
  local function get(name) return swarm.find(all(), name) or shared.refuse(404, "%s %s not found", kind.word, name) end

  local function shown(object)
    local out = shared.copy(object)
    if kind.word == "secret" then out.Spec.Data = nil end
    return out
  end

  engine.route("POST", "/" .. plural .. "/create", function(request)
    local list, spec = all(), request.json
    if not (spec.Name or ""):find("^%w[%w%-_.]*$") or not spec.Name:find("%w$") or #spec.Name > 64 then
      shared.refuse(400, "rpc error: code = InvalidArgument desc = invalid name, only 64 [a-zA-Z0-9-_.] characters allowed, and the start "
        .. "and end character must be [a-zA-Z0-9]")
    end
    local size = #(spec.Data or "") // 4 * 3 - (#(spec.Data or ""):match("=*$"))
    if not spec.Driver and (size < 1 or size >= kind.limit) then shared.refuse(400, "rpc error: code = InvalidArgument desc = %s",
      kind.too_large) end
    for _, other in ipairs(list) do
      if other.Spec.Name == spec.Name then
        shared.refuse(409, "rpc error: code = AlreadyExists desc = %s %s already exists", kind.word, spec.Name)
      end
    end
    local made = swarm.touch { ID = swarm.id(kind.word), Spec = spec }
    spec.Labels = spec.Labels or {}
    list[#list + 1] = made
    return { status = 201, json = { ID = made.ID } }
  end)

  engine.route("GET", "/" .. plural, function(request)
    local rows = {}
    for _, object in ipairs(shared.filtered(all(), request.query.filters, filters)) do rows[#rows + 1] = shown(object) end
    return { json = shared.list(rows) }
  end)

  engine.route("GET", "/" .. plural .. "/{name}", function(request) return { json = shown(get(request.args.name)) } end)

  engine.route("POST", "/" .. plural .. "/{name}/update", function(request)
    local object = get(request.args.name)
    if request.json.Name ~= object.Spec.Name or request.json.Data and request.json.Data ~= object.Spec.Data then
      shared.refuse(400, "rpc error: code = InvalidArgument desc = only updates to Labels are allowed")
    end
    swarm.check_version(object, request)
    object.Spec.Labels = request.json.Labels or {}
    swarm.touch(object)
    return { status = 200 }
  end)

  engine.route("DELETE", "/" .. plural .. "/{name}", function(request)
    local object = get(request.args.name)
    local names = users(kind, object)
    if #names > 0 then
      shared.refuse(400, "rpc error: code = InvalidArgument desc = %s '%s' is in use by the following service%s: %s", kind.word,
        object.Spec.Name,
        #names > 1 and "s" or "", table.concat(names, ", "))
    end
    swarm.remove(all(), object)
    return { status = 204 }
  end)
end

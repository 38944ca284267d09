-- SPDX-License-Identifier: Apache-2.0
-- From the table of an inventory to its hosts. All that is wrong with it is told at once, each with its place.
local core, value, positions, source = ...

local KEYS = {
  inventory = { "hosts", "groups", "vars", "ssh" },
  host = { "address", "here", "ssh", "vars" },
  group = { "hosts", "children", "vars", "ssh" },
}
local problems = {}

-- "hosts.yaml:12: " of the value that the keys lead to, or of the nearest one around it that has a place.
local function place(path)
  for length = #path, 1, -1 do
    local pointer = ""
    for i = 1, length do pointer = pointer .. "/" .. tostring(path[i]):gsub("~", "~0"):gsub("/", "~1") end
    local at = positions and positions[pointer]
    if at then return source .. ":" .. at.line .. ": ", at end
  end
  return source .. ": "
end

-- The way to a value, for people: "groups.web.hosts[2]".
local function shown(path)
  local text = ""
  for _, key in ipairs(path) do
    text = text .. (type(key) == "number" and ("[%d]"):format(key + 1) or (text == "" and "" or ".") .. tostring(key))
  end
  return text
end

local function problem(path, message)
  local where, at = place(path)
  if not positions and #path > 0 then where = where .. shown(path) .. ": " end
  problems[#problems + 1] = { text = where .. message, line = at and at.line or 0, index = #problems }
end

local function with(path, key)
  local longer = table.move(path, 1, #path, 1, {})
  longer[#longer + 1] = key
  return longer
end

-- A table with text as keys; an empty one where nothing is given.
local function map_at(given, path, what)
  if given == nil or given == core.null then return {} end
  if type(given) ~= "table" or #given > 0 then
    problem(path, what .. " must be a map")
    return {}
  end
  return given
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end

local function check_keys(map, path, kind)
  for _, key in ipairs(sorted_keys(map)) do
    local known = false
    for _, name in ipairs(KEYS[kind]) do known = known or name == key end
    if not known then
      problem(with(path, key), ("unknown key '%s'%s"):format(tostring(key), core.did_you_mean(tostring(key), KEYS[kind])))
    end
  end
end

local function check_name(name, path, what)
  local wrong
  if type(name) ~= "string" or name == "" then
    wrong = "must be text"
  elseif name:find("%c") then
    wrong = "must not hold control characters"
  elseif name:find("^%-") then
    wrong = "must not begin with a dash: programs would take it for an option"
  elseif not name:find("^[%w_][%w._-]*$") then
    wrong = "may have letters, digits, '.', '_' and '-'"
  elseif name == "all" then
    wrong = "must not be 'all', which means every host"
  end
  if wrong then
    local got = type(name) == "string" and "'" .. name .. "'" or core.typename(name)
    problem(path, ("the name of a %s %s, got %s"):format(what, wrong, got))
  end
  return not wrong
end

local connection = core.part "inventory/connection"(core, problem, with)

-- Natural order of names ("web2" before "web10"): for tables, which have none of their own.
local function natural(name)
  return (tostring(name):gsub("%d+", function(digits)
    digits = digits:gsub("^0+(%d)", "%1")
    return ("%03d"):format(#digits) .. digits -- of more digits is more
  end))
end

local function ordered(map, path)
  local keys, order = {}, {}
  for key in pairs(map) do
    local _, at = place(with(path, key))
    keys[#keys + 1] = key
    order[key] = (positions and at and ("%09d %09d "):format(at.line, at.column) or "") .. natural(key) .. "\0" .. tostring(key)
  end
  table.sort(keys, function(a, b) return order[a] < order[b] end)
  return keys
end

-- Entries may be listed where nothing is to be said of them: [web1, web2]. Gives {name, path, given} of each.
local function entries(kind)
  local given, path, list, seen = value[kind], { kind }, {}, {}
  if type(given) ~= "table" or #given == 0 then
    local map = map_at(given, path, "'" .. kind .. "'")
    for _, name in ipairs(ordered(map, path)) do list[#list + 1] = { name = name, path = with(path, name), given = map[name] } end
    return list
  end
  for index, name in ipairs(given) do
    local entry = { name = name, path = with(path, index - 1) }
    if seen[name] then problem(entry.path, ("'%s' is listed twice"):format(tostring(name))) end
    seen[name] = true
    list[index] = entry
  end
  return list
end

local function names_at(given, path)
  if given == nil or given == core.null then return {} end
  if type(given) ~= "table" or next(given) ~= nil and #given == 0 then
    problem(path, "'" .. path[#path] .. "' must be a list of names")
    return {}
  end
  return given
end

local function ssh_of(entry, path) return connection.check_options(map_at(entry.ssh, with(path, "ssh"), "'ssh'"), with(path, "ssh")) end

value = map_at(value, {}, "an inventory")
check_keys(value, {}, "inventory")

local hosts, by_name = {}, {}
for _, it in ipairs(entries "hosts") do
  local name, path = it.name, it.path
  if check_name(name, path, "host") and not by_name[name] then
    local entry = map_at(it.given, path, "a host")
    check_keys(entry, path, "host")
    if entry.address ~= nil then connection.check_address(entry.address, with(path, "address")) end
    if entry.here ~= nil and entry.here ~= true then problem(with(path, "here"), "'here' can only be true: the host is this computer") end
    if entry.here and entry.address then problem(with(path, "here"), "a host is 'here' or has an 'address'") end
    local host = { name = name, address = entry.address or name, here = entry.here or nil, groups = {},
                   own = { vars = map_at(entry.vars, with(path, "vars"), "'vars'"), ssh = ssh_of(entry, path) } }
    hosts[#hosts + 1], by_name[name] = host, host
  end
end

local groups, group_names = {}, {}
for _, it in ipairs(entries "groups") do
  local name, path = it.name, it.path
  if check_name(name, path, "group") and not groups[name] then
    if by_name[name] then problem(path, ("'%s' is a host and a group"):format(name)) end
    local entry = map_at(it.given, path, "a group")
    check_keys(entry, path, "group")
    groups[name] = { name = name, path = path, hosts = names_at(entry.hosts, with(path, "hosts")), members = {}, below = {},
                     children = names_at(entry.children, with(path, "children")),
                     vars = map_at(entry.vars, with(path, "vars"), "'vars'"), ssh = ssh_of(entry, path) }
    group_names[#group_names + 1] = name
  end
end

local function check_listed(group, kind, known, what)
  local seen, names = {}, sorted_keys(known)
  for index, name in ipairs(group[kind]) do
    local path = with(with(group.path, kind), index - 1)
    if seen[name] then problem(path, ("'%s' is listed twice"):format(tostring(name))) end
    seen[name] = true
    if not known[name] then
      problem(path, ("there is no %s '%s'%s"):format(what, tostring(name), core.did_you_mean(tostring(name), names)))
    end
  end
end

-- Gathers the hosts of a group and the groups below it.
local function gather(group, above)
  if group.gathered then return end
  if above[group.name] then
    problem(with(group.path, "children"), ("the group '%s' contains itself"):format(group.name))
    return
  end
  above[group.name] = true
  for _, name in ipairs(group.hosts) do
    if by_name[name] then group.members[name] = true end
  end
  for _, name in ipairs(group.children) do
    local child = groups[name]
    if child then
      gather(child, above)
      group.below[name] = true
      for below in pairs(child.below) do group.below[below] = true end
      for host in pairs(child.members) do group.members[host] = true end
    end
  end
  above[group.name] = nil
  group.gathered = true
end

for _, name in ipairs(group_names) do
  check_listed(groups[name], "hosts", by_name, "host")
  check_listed(groups[name], "children", groups, "group")
  gather(groups[name], {})
end
if #problems == 0 then
  for _, name in ipairs(group_names) do
    for member in pairs(groups[name].members) do
      local of = by_name[member].groups
      of[#of + 1] = name
    end
  end
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for key, item in pairs(a) do
    if not same(item, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

-- The groups of a host that have a value under `key` and no group inside them that has one too.
local function nearest(host, kind, key)
  local near = {}
  for _, name in ipairs(host.groups) do
    local over = groups[name][kind][key] == nil
    for _, inner in ipairs(host.groups) do over = over or groups[name].below[inner] and groups[inner][kind][key] ~= nil end
    if not over then near[#near + 1] = name end
  end
  return near
end

-- What a host has under `kind`: its own over that of its groups, of a group inside another over the outer one's, over
-- that of all. Groups of which none is inside the other must agree.
local function resolve(host, kind, common)
  local resolved, keys = {}, {}
  for key, given in pairs(common) do resolved[key] = given end
  for _, name in ipairs(host.groups) do
    for key in pairs(groups[name][kind]) do keys[key] = true end
  end
  for key, given in pairs(host.own[kind]) do resolved[key], keys[key] = given, nil end
  for _, key in ipairs(sorted_keys(keys)) do
    local near = nearest(host, kind, key)
    resolved[key] = groups[near[1]][kind][key]
    for index = 2, #near do
      if not same(resolved[key], groups[near[index]][kind][key]) then
        local message = "host '%s' gets '%s' from the groups '%s' and '%s', and neither is inside the other; set it for the host"
        problem(with(with(groups[near[index]].path, kind), key), message:format(host.name, tostring(key), near[1], near[index]))
      end
    end
  end
  return core.copy(resolved, kind)
end

local common = { vars = map_at(value.vars, { "vars" }, "'vars'"), ssh = ssh_of(value, {}) }
for _, host in ipairs(hosts) do
  host.vars, host.ssh = resolve(host, "vars", common.vars), resolve(host, "ssh", common.ssh)
end
for _, host in ipairs(hosts) do host.own = nil end

if #problems > 0 then
  table.sort(problems, function(a, b)
    if a.line ~= b.line then return a.line < b.line end
    return a.index < b.index
  end)
  local lines = {}
  for index, it in ipairs(problems) do lines[index] = it.text end
  core.fail("inventory.invalid", table.concat(lines, "\n"), { hint = "the form of an inventory: runbook help inventory.load" })
end
local members = {}
for name, group in pairs(groups) do members[name] = group.members end
return { hosts = hosts, by_name = by_name, groups = members }

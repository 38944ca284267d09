-- SPDX-License-Identifier: Apache-2.0
-- Which hosts a pattern names: names of hosts and groups and globs, joined by ',' or ':'; '!x' takes away, '&x' keeps
-- only what is in x too, wherever they stand. Gives a set of names.
local core, inventory, pattern, where = ...

local function fail(code, message, options) core.fail(code, (where or "") .. message, options) end

-- What stands between '[' and ']', for Lua's patterns.
local function set_of(text, members)
  if members == "" then fail("inventory.pattern", ("'%s': a set must not be empty"):format(text)) end
  local out, at = {}, 1
  while at <= #members do
    local from, to = members:match("^(%w)%-(%w)", at)
    if from and from > to then fail("inventory.pattern", ("'%s': the range '%s-%s' is empty"):format(text, from, to)) end
    out[#out + 1] = from and from .. "-" .. to or members:sub(at, at):gsub("%W", "%%%0")
    at = at + (from and 3 or 1)
  end
  return table.concat(out)
end

-- A glob as a pattern of Lua.
local function glob(text)
  local out, at = {}, 1
  while at <= #text do
    local char = text:sub(at, at)
    local no, members, after = text:match("^%[(!?)([^%]]*)%]()", at)
    if members then
      out[#out + 1] = (no == "!" and "[^" or "[") .. set_of(text, members) .. "]"
    elseif char == "[" then
      fail("inventory.pattern", ("'%s': '[' is not closed"):format(text))
    else
      out[#out + 1] = char == "*" and ".*" or char == "?" and "." or char:gsub("%W", "%%%0")
    end
    at = after or at + 1
  end
  return "^" .. table.concat(out) .. "$"
end

-- The hosts of one term without its sign.
local function hosts_of(term)
  if term == "all" then
    local set = {}
    for name in pairs(inventory.by_name) do set[name] = true end
    return set
  end
  if inventory.by_name[term] then return { [term] = true } end
  if inventory.groups[term] then return inventory.groups[term] end
  if not term:find("[%*%?%[]") then
    local names = { "all" }
    for name in pairs(inventory.by_name) do names[#names + 1] = name end
    for name in pairs(inventory.groups) do names[#names + 1] = name end
    table.sort(names)
    fail("inventory.unknown", ("'%s' is neither a host nor a group%s"):format(term, core.did_you_mean(term, names)))
  end
  local set, lua, found = {}, glob(term), false
  for name in pairs(inventory.by_name) do
    if name:find(lua) then set[name], found = true, true end
  end
  for name, members in pairs(inventory.groups) do
    if name:find(lua) then
      found = true
      for member in pairs(members) do set[member] = true end
    end
  end
  if not found then fail("inventory.unknown", ("no host or group matches '%s'"):format(term)) end
  return set
end

local plus, only, minus = {}, {}, {}
for term in (pattern .. ","):gmatch("([^,:]*)[,:]") do
  term = term:match("^%s*(.-)%s*$")
  local sign, rest = term:match("^([!&]?)(.*)$")
  if rest == "" then fail("inventory.pattern", ("'%s' has an empty part"):format(pattern)) end
  local list = sign == "!" and minus or sign == "&" and only or plus
  list[#list + 1] = hosts_of(rest)
end
if #plus == 0 then plus[1] = hosts_of("all") end

local chosen = {}
for _, set in ipairs(plus) do
  for name in pairs(set) do chosen[name] = true end
end
for _, set in ipairs(only) do
  for name in pairs(chosen) do
    if not set[name] then chosen[name] = nil end
  end
end
for _, set in ipairs(minus) do
  for name in pairs(set) do chosen[name] = nil end
end
return chosen

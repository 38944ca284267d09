-- SPDX-License-Identifier: Apache-2.0
-- The forms that hold others: maps by rules, lists, and what may be written as either. All come out in one long form.
local core, problems, minor, parts = ...
local json = require "json"
local scalars = parts.scalars
local forms = parts.values
local expected, label, shown = forms.expected, forms.label, forms.shown

local function is_list(value) return type(value) == "table" and (#value > 0 or tostring(value):find("^list") ~= nil) end
local function is_map(value) return type(value) == "table" and not is_list(value) end

-- In the order of the file, and where that says nothing, of the keys.
local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

forms.is_list, forms.is_map, forms.sorted_keys = is_list, is_map, sorted_keys

local AS_IT_STANDS = { text = true, image = true }

local function check(at, value, rule)
  if type(value) == "string" and value:find(parts.interpolate.missing, 1, true) then return AS_IT_STANDS[rule[1]] and value or nil end
  return forms[rule[1]](at, value, rule)
end

local FATES = {
  ignored = "ignoring unsupported option '%s'%s", deprecated = "ignoring deprecated option '%s'%s",
  silent = "'%s' has no effect in a stack%s",
}

-- Whether a key may be there at all; says what becomes of it.
local function allowed(at, key, rule)
  local why = rule.says and ": " .. rule.says or ""
  if rule.fate == "refused" then
    problems:add(at, ("'%s' is not supported%s"):format(key, why))
    return false
  end
  if rule.since and rule.since > minor then
    problems:add(at, ("'%s' came with version 3.%d, and the file is of version 3.%d"):format(key, rule.since, minor))
    return false
  end
  if rule.fate then problems:warn(at, FATES[rule.fate]:format(key, why)) end
  return true
end

function forms.map(at, value, rule)
  if rule.nullable and value == core.null then return {} end
  if rule.short and type(value) == "string" then value = { [rule.short] = value } end
  if not is_map(value) then return expected(at, "a map", value) end
  local made, known = {}, sorted_keys(rule.keys)
  for _, key in ipairs(sorted_keys(value)) do
    local inner, here = rule.keys[key], at:child(key)
    if inner then
      if allowed(here, key, inner) then made[key] = check(here, value[key], inner) end
    elseif not (rule.extensible or rule.extensions and rule.extensions <= minor and key:find("^x%-")) then
      problems:add(here, ("unknown key '%s'%s"):format(key, core.did_you_mean(key, known)))
    end
  end
  for _, key in ipairs(known) do
    local required = rule.keys[key].required
    if required and value[key] == nil then
      local message = ("'%s' is missing in %s"):format(key, label(at))
      if required == "engine" then problems:doubt(at, message) else problems:add(at, message) end
    end
  end
  parts.places[made] = at
  return made
end

-- A map of names that the file chooses.
function forms.named(at, value, rule)
  if not is_map(value) then return expected(at, "a map", value) end
  local made = {}
  for _, name in ipairs(sorted_keys(value)) do
    local here = at:child(name)
    if rule.names and not name:find(rule.names) then
      problems:add(here, ("'%s' is no name: letters, digits, '.', '_' and '-' are"):format(name))
    else
      made[name] = check(here, value[name], rule.of)
    end
  end
  return made
end

function forms.list(at, value, rule)
  if rule.single and type(value) == "string" then value = { value } end
  if not is_list(value) then return expected(at, rule.single and "text or a list" or "a list", value) end
  local made, seen = {}, {}
  for index, item in ipairs(value) do
    local here = at:child(index - 1)
    if rule.unique then
      local key = type(item) == "table" and json.encode(item) or item
      if seen[key] then problems:add(here, ("%s: %s is listed twice"):format(label(here), shown(item))) end
      seen[key] = true
    end
    local one = check(here, item, rule.of)
    if rule.flat then
      table.move(one or {}, 1, #(one or {}), #made + 1, made)
    else
      made[#made + 1] = one
    end
  end
  return made
end

-- Names with texts: a map, or a list of "name=text".
function forms.pairs(at, value, rule)
  local made = {}
  if is_list(value) and not rule.no_list then
    for _, item in ipairs(forms.list(at, value, { of = { "text" }, unique = true }) or {}) do
      local name, text = item:match("^([^=]*)=(.*)$")
      made[name or item] = text or (rule.keeps_null and core.null or "")
    end
    return made
  end
  if not is_map(value) then return expected(at, rule.no_list and "a map" or "a map, or a list of NAME=TEXT", value) end
  for _, name in ipairs(sorted_keys(value)) do
    local item = value[name]
    if name == "" then
      problems:add(at:child(name), ("%s: there is a text without a name"):format(label(at)))
    elseif item == core.null and not rule.no_null then
      made[name] = rule.keeps_null and core.null or ""
    elseif type(item) == "string" or type(item) == "number" and item - item == 0 then
      made[name] = type(item) == "number" and scalars.number_text(item) or item
    else
      expected(at:child(name), "text or a number" .. (type(item) == "boolean" and " (put it in quotes)" or ""), item)
    end
  end
  return made
end

return { check = check, forms = forms }

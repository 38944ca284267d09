-- SPDX-License-Identifier: Apache-2.0
-- Forms of single keys that may be written in several ways: commands, hosts, networks of a service and the like.
local core, problems, parts = ...
local forms = parts.values
local expected, label, shown = forms.expected, forms.label, forms.shown
local is_list, is_map, sorted_keys = forms.is_list, forms.is_map, forms.sorted_keys

function forms.words(at, value)
  if type(value) ~= "string" then return forms.list(at, value, { of = { "text" } }) end
  local words, why = parts.words(value)
  if not words then problems:add(at, ("%s: %s"):format(label(at), why)) end
  return words
end

function forms.health_test(at, value)
  if type(value) == "string" then return { "CMD-SHELL", value } end
  local made = forms.list(at, value, { of = { "text" } })
  local kind = made and made[1]
  if kind and kind ~= "NONE" and kind ~= "CMD" and kind ~= "CMD-SHELL" then
    problems:doubt(at, ("%s must begin with 'CMD', 'CMD-SHELL' or 'NONE', got '%s'"):format(label(at), kind))
  end
  return made
end

-- True or false, or a map with the name that the object has outside.
function forms.external(at, value, rule)
  if type(value) == "table" then return forms.map(at, value, rule) end
  return forms.flag(at, value, rule)
end

function forms.ulimit(at, value, rule)
  local NUMBER = { "whole", cast = true, required = true }
  if type(value) == "table" then return forms.map(at, value, { keys = { soft = NUMBER, hard = NUMBER } }) end
  local both = forms.whole(at, value, rule)
  return both and { soft = both, hard = both }
end

-- Networks of a service: a list of names, or a map.
function forms.attachments(at, value, rule)
  local made = {}
  if is_list(value) then
    for index, name in ipairs(forms.list(at, value, { of = { "text" }, unique = true }) or {}) do
      made[name] = {}
      parts.places[made[name]], parts.bare[made[name]] = at:child(index - 1), true
    end
    return made
  end
  if not is_map(value) then return expected(at, "a list or a map of networks", value) end
  for _, name in ipairs(sorted_keys(value)) do
    made[name] = forms.map(at:child(name), value[name], { keys = rule.keys, nullable = true })
    if value[name] == core.null then
      parts.places[made[name]], parts.bare[made[name]] = at:child(name), true
    end
  end
  return made
end

-- "host:address" and "host=address", or a map -> { host, address }.
function forms.hosts(at, value)
  local made = {}
  local function add(here, host, address, given)
    if not host or host == "" or not address or address == "" then
      problems:doubt(here, ("%s must be HOST:ADDRESS, got %s"):format(label(here), shown(given)))
    else
      made[#made + 1] = { host = host, address = address:match("^%[(.+)%]$") or address }
    end
  end
  if is_list(value) then
    for index, item in ipairs(forms.list(at, value, { of = { "text" }, unique = true }) or {}) do
      local host, address = item:gsub("=", ":", 1):match("^([^:]*):(.*)$")
      add(at:child(index - 1), host, address, item)
    end
    return made
  end
  local given = forms.pairs(at, value, {}) or {}
  for _, host in ipairs(sorted_keys(given)) do add(at:child(host), host, given[host], value[host]) end
  table.sort(made, function(a, b) return a.host .. ":" .. a.address < b.host .. ":" .. b.address end)
  return made
end

-- SPDX-License-Identifier: Apache-2.0
-- One model over another, key by key, as the docker CLI merges stack files.
local core, problems, parts = ...

local by = {}

local function empty(value) return value == nil or value == core.null or value == "" or value == false or value == 0 end

-- A later text, number or boolean wins, unless it is a zero.
local function single(rule, base, later, at)
  if not empty(later) or rule.zero_wins then return later end
  if not empty(base) then
    local shown = later == "" and "empty text" or tostring(later)
    problems:warn(at, ("'%s': the earlier value stays: a later %s does not override"):format(at.key, shown))
    return base
  end
  return later
end

-- `at` is the place of the later one, `earlier` of the other.
local function merge(rule, base, later, at, earlier)
  local way = by[rule.merge] or by[rule[1]] or single
  -- Lists with a key are sorted even where the later file does not name them.
  if base == nil or later == nil and way ~= by.source then
    if base == nil then return later end
    return base
  end
  return way(rule, base, later, at, earlier)
end

function by.map(rule, base, later, at)
  local made, earlier = {}, parts.places[base] or at
  for key, inner in pairs(rule.keys) do made[key] = merge(inner, base[key], later[key], at:child(key), earlier:child(key)) end
  parts.places[made] = parts.places[base]
  return made
end

function by.services(rule, base, later, at)
  local made = {}
  for name, service in pairs(base) do made[name] = service end
  for name, service in pairs(later) do
    made[name] = base[name] and by.map(rule.of, base[name], service, at:child(name)) or service
  end
  return made
end

-- Whole entries.
function by.entries(_, base, later)
  local made = {}
  for name, entry in pairs(base) do made[name] = entry end
  for name, entry in pairs(later) do made[name] = entry end
  return made
end

function by.pairs(rule, base, later)
  local made = {}
  for name, text in pairs(base) do made[name] = text end
  for name, text in pairs(later) do
    local kept = rule.keeps_null and empty(text) and not empty(made[name])
    if not kept then made[name] = text end
  end
  return made
end

function by.list(_, base, later)
  local made = table.move(base, 1, #base, 1, {})
  return table.move(later, 1, #later, #made + 1, made)
end
by.hosts = by.list

function by.health_test(rule, base, later, at)
  problems:doubt(at, "'test' is in an earlier file, too, and the docker CLI joins both to one command")
  return by.list(rule, base, later)
end

function by.words(_, base, later) return #later > 0 and later or base end

-- Entries of a list by one of their keys; one of those that share it stays.
function by.source(rule, base, later, at, earlier)
  local key, order, entries = rule.merge, {}, {}
  for index, list in ipairs { base, later or {} } do
    local own = {}
    for _, item in ipairs(list) do
      local name = item[key] or (key == "published" and 0 or "")
      if own[name] then
        local message = "'%s': two entries have the %s '%s', of which merging files keeps one"
        problems:doubt(index == 1 and earlier or at, message:format(at.key, key, name))
      end
      if not entries[name] then order[#order + 1] = name end
      own[name], entries[name] = true, item
    end
  end
  table.sort(order)
  local made = {}
  for index, name in ipairs(order) do made[index] = entries[name] end
  return made
end
by.target, by.published = by.source, by.source

function by.networks(_, base, later)
  local made = {}
  for name, attachment in pairs(base) do made[name] = attachment end
  for name, attachment in pairs(later) do
    local earlier = base[name]
    if not earlier or parts.bare[earlier] then
      made[name] = attachment
    elseif not parts.bare[attachment] then
      made[name] = { aliases = attachment.aliases, driver_opts = earlier.driver_opts,
                     ipv4_address = attachment.ipv4_address or earlier.ipv4_address,
                     ipv6_address = attachment.ipv6_address or earlier.ipv6_address }
      parts.places[made[name]] = parts.places[attachment]
    end
  end
  return made
end

function by.logging(rule, base, later, at)
  local drivers = { base.driver or "", later.driver or "" }
  if drivers[1] ~= drivers[2] and drivers[1] ~= "" and drivers[2] ~= "" then return later end
  if not base.options and later.options then
    problems:doubt(at:child("options"), "'options' are lost in merging: the earlier file has a 'logging' without options")
    later = { driver = later.driver }
  end
  return { driver = drivers[1] ~= "" and base.driver or later.driver,
           options = merge(rule.keys.options, base.options, later.options, at:child("options")) }
end

return function(top, base, later, at)
  local made = { version = base.version }
  for kind, rule in pairs(top.keys) do
    if kind ~= "version" then made[kind] = merge(rule, base[kind], later[kind], at:child(kind)) end
  end
  return made
end

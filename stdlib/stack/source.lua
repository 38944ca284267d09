-- SPDX-License-Identifier: Apache-2.0
-- The text of a stack file as a tree. Plain scalars are read as Go's YAML reads them, where that is something else than the
-- core schema: 0444 is octal, 0b11 and 1_000 are numbers. A date is a time there, and text here.
local core, problems = ...
local yaml = require "yaml"

local function go_integer(token)
  local sign, digits = token:gsub("_", ""):lower():match("^([-+]?)(%w+)$")
  if not digits then return nil end
  local value
  if digits:find("^0[0-7]+$") then value = tonumber(digits, 8)
  elseif digits:find("^0b[01]+$") then value = tonumber(digits:sub(3), 2)
  elseif digits:find("^0o[0-7]+$") then value = tonumber(digits:sub(3), 8)
  elseif digits:find("^0x%x+$") then value = tonumber(digits:sub(3), 16)
  elseif digits:find("^%d+$") and #digits < 19 and not digits:find("^0.") then value = math.tointeger(tonumber(digits)) end
  return value and (sign == "-" and -value or value)
end

local function is_64_bits(digits)
  local most = "18446744073709551615"
  return #digits < #most or #digits == #most and digits <= most
end

-- What the core schema takes for text, and Go for a number: 1_000, 1_0.5, 0b11, -0x1F.
local function go_number(token)
  if token:find("^[-+]?%d[%d_]*$") or token:lower():find("^[-+]?0[box]%x[%x_]*$") then return go_integer(token) end
  return token:find("^[-+]?[%d_]+%.%d[%d_]*$") and tonumber((token:gsub("_", ""))) or nil
end

-- A date, or a date and a time of UTC, as Go writes them.
local function go_time(text)
  local year, month, day, rest = text:match("^(%d%d%d%d)%-(%d%d?)%-(%d%d?)(.*)$")
  local clock = rest == "" and "00:00:00" or (rest or ""):match("^[Tt](%d?%d:%d%d:%d%d)Z?$")
  if not clock then return nil end
  return ("%s-%02d-%02d %s%s +0000 UTC"):format(year, tonumber(month), tonumber(day), #clock == 7 and "0" or "", clock)
end

-- The first word of a scalar as it stands in the file, without its anchor; nil where an alias brings it.
local function written(source, at)
  local position = source.positions[at:pointer()]
  local line = position and source.lines[position.line]
  if not line then return nil end
  local from = utf8.offset(line, position.column) -- columns count characters
  local rest = from and line:sub(from) or nil
  if rest and type(at.key) == "string" then rest = rest:match("^[\"']?" .. at.key:gsub("%p", "%%%0") .. "[\"']?%s*:%s*(.*)$") end
  if not rest then return nil end
  local token = rest:gsub("^&%S+%s+", ""):match("^[^%s,%]}]+")
  return token and token:sub(1, 1) ~= "*" and token or nil
end

local function corrected(source, at, value)
  if type(value) == "table" then
    for key, item in pairs(value) do
      value[key] = corrected(source, at:child(math.type(key) and key - 1 or key), item)
    end
    return value
  end
  if type(value) ~= "number" and type(value) ~= "string" then return value end
  local token = written(source, at)
  if not token then
    -- By an alias: as the same number is written elsewhere in the file.
    if math.type(value) and source.octal[value] then return source.octal[value] end
    return value
  end
  if type(value) == "string" then
    if token ~= value then return value end
    local time = go_time(value)
    if time then problems:doubt(at, ("'%s' is a time, and becomes '%s'; put it in quotes"):format(value, time)) end
    return time or go_number(token) or value
  end
  if math.type(value) == "float" and token:find("^%d+$") then return is_64_bits(token) and token or value end
  return math.type(value) == "integer" and go_integer(token) or value
end

-- Numbers with a leading zero, by what the core schema takes them for.
local function octal_numbers(text)
  local found = {}
  for before, token in text:gmatch("([:%s,{%[-])(0[0-7]+)%f[%s,%]}\0]") do
    found[math.tointeger(tonumber(token)) or before] = tonumber(token, 8)
  end
  return found
end

return function(name, text, order)
  local source = { name = name, order = order, positions = {}, lines = {} }
  local at = problems.top(source)
  local read, value = pcall(yaml.decode_all, text)
  if not read then
    local message = core.as_error(value).message
    local line, rest = message:match("line (%d+), column %d+: (.*)$")
    source.positions["/"] = line and { line = tonumber(line) }
    problems:add(line and at:child("") or at, rest or message)
    return source, nil
  end
  if #value > 1 then problems:doubt(at, ("the file has %d documents, of which only the first one counts"):format(#value)) end
  value = value[1]
  if type(value) ~= "table" or #value > 0 or tostring(value):find("^list") then
    problems:add(at, "a stack file must be a map with 'services'")
    return source, nil
  end
  for line in (text .. "\n"):gmatch("(.-)\r?\n") do source.lines[#source.lines + 1] = line end
  local placed, positions = pcall(yaml.positions, text)
  source.positions = placed and positions or {}
  source.octal = octal_numbers(text)
  return source, corrected(source, at, value)
end

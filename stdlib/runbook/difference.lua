-- SPDX-License-Identifier: Apache-2.0
-- What an assertion says of two values: how they look, whether they are the same, and where they differ.
local core = ...

local MOST_MEMBERS, MOST_DIFFERENCES, MOST_DEPTH = 30, 10, 40

local function sorted_keys(value)
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    if type(a) == type(b) and (type(a) == "number" or type(a) == "string") then return a < b end
    return type(a) < type(b)
  end)
  return keys
end

local function show(value, depth)
  depth = depth or 1
  if type(value) == "string" then return (string.format("%q", value):gsub("\\\n", "\\n")) end
  if type(value) ~= "table" then return tostring(value) end
  if depth > 5 then return "{ ... }" end
  local parts = {}
  for _, key in ipairs(sorted_keys(value)) do
    if #parts == MOST_MEMBERS then
      parts[#parts + 1] = "..."
      break
    end
    local name = ""
    if type(key) ~= "number" then
      local plain = type(key) == "string" and key:find("^[%a_][%w_]*$")
      name = (plain and key or "[" .. show(key, depth + 1) .. "]") .. " = "
    end
    parts[#parts + 1] = name .. show(value[key], depth + 1)
  end
  return #parts == 0 and "{}" or "{ " .. table.concat(parts, ", ") .. " }"
end

-- Tables that contain themselves are compared as deep as anybody reads.
local function same(a, b, depth)
  depth = depth or 1
  if rawequal(a, b) then return true end
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  if depth > MOST_DEPTH then return true end
  for key, value in pairs(a) do
    if not same(value, b[key], depth + 1) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

local function multiline(value) return type(value) == "string" and value:find("\n") ~= nil end

local function text_diff(expected, got) return core.text_diff(expected, got, "expected", "got") end

local function show_or_nothing(value) return value == nil and "nothing" or show(value) end

local function member(path, key)
  if type(key) == "string" and key:find("^[%a_][%w_]*$") then return path .. "." .. key end
  return path .. "[" .. show(key) .. "]"
end

local function collect(out, path, expected, got, depth)
  if #out > MOST_DIFFERENCES or same(expected, got) then return end
  if type(expected) ~= "table" or type(got) ~= "table" or depth > MOST_DEPTH then
    local place = "at " .. (path == "" and "the top" or path) .. ": "
    if (multiline(expected) or multiline(got)) and type(expected) == type(got) then
      out[#out + 1] = place .. "\n" .. text_diff(expected, got)
    else
      out[#out + 1] = place .. "expected " .. show_or_nothing(expected) .. ", got " .. show_or_nothing(got)
    end
    return
  end
  for _, key in ipairs(sorted_keys(expected)) do collect(out, member(path, key), expected[key], got[key], depth + 1) end
  for _, key in ipairs(sorted_keys(got)) do
    if expected[key] == nil then collect(out, member(path, key), nil, got[key], depth + 1) end
  end
end

-- Where two values differ, line by line; nil where the message says it all.
local function difference(expected, got)
  if type(expected) == "string" and type(got) == "string" then
    return (multiline(expected) or multiline(got)) and text_diff(expected, got) or nil
  end
  if type(expected) ~= "table" or type(got) ~= "table" then return nil end
  local out = {}
  collect(out, "", expected, got, 1)
  if #out > MOST_DIFFERENCES then out[#out] = "... and more" end
  return table.concat(out, "\n")
end

return { show = show, same = same, difference = difference }

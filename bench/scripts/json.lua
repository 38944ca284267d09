-- SPDX-License-Identifier: Apache-2.0
-- A small JSON encoder and decoder in plain Lua: tables, closures and strings together.
local encode
local encoders = {
  string = function(s) return '"' .. s:gsub('[%c"\\]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"' end,
  number = tostring,
  boolean = tostring,
  table = function(t)
    local out = {}
    if #t > 0 then
      for i, v in ipairs(t) do out[i] = encode(v) end
      return "[" .. table.concat(out, ",") .. "]"
    end
    local keys = {}
    for k in pairs(t) do keys[#keys + 1] = k end
    table.sort(keys)
    for i, k in ipairs(keys) do out[i] = encode(k) .. ":" .. encode(t[k]) end
    return "{" .. table.concat(out, ",") .. "}"
  end,
}
function encode(v) return encoders[type(v)](v) end

local decode
local function skip(text, at) return text:match("^[ \n\t]*()", at) end
local function decode_string(text, at)
  local stop = text:find('"', at + 1, true)
  return text:sub(at + 1, stop - 1), stop + 1
end
local function decode_list(text, at)
  local list = {}
  at = skip(text, at + 1)
  while text:sub(at, at) ~= "]" do
    list[#list + 1], at = decode(text, at)
    at = text:match("^,?()", skip(text, at))
  end
  return list, at + 1
end
local function decode_map(text, at)
  local map = {}
  at = skip(text, at + 1)
  while text:sub(at, at) ~= "}" do
    local key, colon = decode_string(text, at)
    map[key], at = decode(text, text:match("^[ ]*:()", colon))
    at = text:match("^,?()", skip(text, at))
  end
  return map, at + 1
end
function decode(text, at)
  at = skip(text, at)
  local first = text:sub(at, at)
  if first == '"' then return decode_string(text, at) end
  if first == "[" then return decode_list(text, at) end
  if first == "{" then return decode_map(text, at) end
  local word, stop = text:match("^([%w.+-]+)()", at)
  if word == "true" or word == "false" then return word == "true", stop end
  return tonumber(word), stop
end

local hosts = {}
for i = 1, 250 do
  hosts[i] = { name = "host-" .. i, tags = { "web", "blue" }, load = i / 4, up = i % 3 == 0, ports = { 80, 443, i } }
end
local text = encode({ hosts = hosts })
local copy = decode(text, 1)
print(#text, encode(copy) == text)

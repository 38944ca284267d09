-- SPDX-License-Identifier: Apache-2.0
-- What the parts of the simulated engine share: refusals, ids, times, lists, filters.
local crypto = require "crypto"
local json = require "json"
local time = require "time"

local M = { null = json.null }

-- Ends the request with the engine's status and words.
function M.refuse(status, text, ...)
  if select("#", ...) > 0 then text = text:format(...) end
  error({ refusal = { status = status, json = { message = text } } }, 0)
end

-- The n-th id of a kind: the same in every run of a test.
function M.id(kind, n) return crypto.sha256(kind .. " " .. n) end

function M.list(items)
  if items == nil or next(items) == nil then return json.decode "[]" end
  return items
end

function M.sorted(map)
  local keys = {}
  for key in pairs(map or {}) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

function M.copy(value)
  if type(value) ~= "table" then return value end
  local out = {}
  for key, item in pairs(value) do out[key] = M.copy(item) end
  if next(out) == nil and json.encode(value) == "[]" then return M.list() end
  return out
end

-- Without nulls, which say the same as what is absent.
function M.present(value)
  if type(value) ~= "table" then return value end
  for key, item in pairs(value) do
    if item == json.null then value[key] = nil else M.present(item) end
  end
  return value
end

function M.contains(list, wanted)
  for _, item in ipairs(list or {}) do
    if item == wanted then return true end
  end
  return false
end

local NEVER = "0001-01-01T00:00:00Z"

local function nanoseconds(at)
  local whole = math.floor(at)
  return (time.format(whole):gsub("Z$", "")), ("%09d"):format(math.floor((at - whole) * 1e9))
end

function M.moment(at)
  if not at then return NEVER end
  local whole, rest = nanoseconds(at)
  rest = rest:gsub("0+$", "")
  return whole .. (rest == "" and "" or "." .. rest) .. "Z"
end

-- As in logs: all digits.
function M.stamp(at)
  local whole, rest = nanoseconds(at)
  return whole .. "." .. rest .. "Z"
end

-- "a*b" as the engine's patterns are: a star is anything but a slash.
function M.glob(pattern)
  local lua = pattern:gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0"):gsub("%*", "[^/]*"):gsub("%?", "[^/]")
  return "^" .. lua .. "$"
end

-- The filters of a list, {"label":["a=b"]}; `known` is what this list knows: name -> function(item, value) -> boolean.
function M.filtered(items, text, known)
  if not text or text == "" then return items end
  local ok, filters = pcall(json.decode, text)
  if not ok then M.refuse(500, "invalid character '%s' looking for beginning of value", text:sub(1, 1)) end
  for key in pairs(filters) do
    if not known[key] then M.refuse(400, "Invalid filter '%s'", key) end
  end
  local out = {}
  for _, item in ipairs(items) do
    local fits = true
    for key, values in pairs(filters) do
      local one, all = false, true
      for _, value in ipairs(values) do
        local yes = known[key](item, value)
        one, all = one or yes, all and yes
      end
      -- Labels must all be there, of everything else one is enough.
      fits = fits and (key == "label" and all or key ~= "label" and one)
    end
    if fits then out[#out + 1] = item end
  end
  return out
end

function M.has_label(labels, wanted)
  local key, value = wanted:match("^([^=]*)=(.*)$")
  if not key then return labels ~= nil and labels[wanted] ~= nil end
  return labels ~= nil and labels[key] == value
end

return M

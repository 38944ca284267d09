-- SPDX-License-Identifier: Apache-2.0
-- Texts for amounts, as stack files write them; numbers as text. Each gives nil where it is none.
local scalars = {}

local NANOSECONDS = { ns = 1, us = 1000, ["µs"] = 1000, ["μs"] = 1000, ms = 1000000, s = 1000000000, m = 60000000000, h = 3600000000000 }

-- "1m30s", "1.5h", "-2ms" -> nanoseconds.
function scalars.duration(text)
  local sign, rest = text:match("^([-+]?)(.+)$")
  if rest == "0" then return 0 end
  local total = 0
  while rest and rest ~= "" do
    local whole, fraction, unit, after = rest:match("^(%d*)%.?(%d*)([a-zµμ]+)(.*)$")
    local scale = NANOSECONDS[unit]
    if not scale or whole == "" and fraction == "" or #whole > 15 then return nil end
    local amount = math.tointeger(tonumber(whole == "" and "0" or whole))
    total = total + amount * scale
    if fraction ~= "" then total = total + math.floor(tonumber("0." .. fraction) * scale + 1e-6) end
    if amount > math.maxinteger // scale or total < 0 then return nil end
    rest = after
  end
  if not rest then return nil end
  return sign == "-" and -total or total
end

-- "512m", "1.5 GiB", "100" -> bytes.
function scalars.size(text)
  local number, suffix = text:match("^([%d.]+) ?(%a*)$")
  number, suffix = tonumber(number), (suffix or ""):lower()
  local power = ({ k = 1, m = 2, g = 3, t = 4, p = 5 })[suffix:sub(1, 1)] or 0
  local rest = power > 0 and suffix:sub(2) or suffix
  if not number or not (rest == "" or rest == "b" or power > 0 and rest == "ib") then return nil end
  local bytes = number * 1024.0 ^ power
  return bytes < 2.0 ^ 63 and math.floor(bytes) or nil
end

-- A whole number and a power of ten: "1.5e-2" -> 15, -3.
local function decimal(text)
  local whole, fraction, exponent = text:match("^%+?(%d*)%.?(%d*)[eE]?([-+]?%d*)$")
  if not whole or whole .. fraction == "" or text:find("[eE]") and not exponent:find("%d") or #(whole .. fraction) > 18 then return nil end
  return math.tointeger(tonumber(whole .. fraction)), (math.tointeger(tonumber(exponent)) or 0) - #fraction
end

-- "0.5", "1/8", "1e-2" -> billionths of a processor, and nothing smaller.
function scalars.cpus(text)
  local above, below = text:match("^(%d+)/(%d+)$")
  local digits, power = decimal(text)
  local value, divisor
  if above then
    value, divisor, power = math.tointeger(tonumber(above)), math.tointeger(tonumber(below)), 9
  else
    value, divisor, power = digits, 1, power and power + 9
  end
  if not value or divisor == 0 or not power or math.abs(power) > 18 then return nil, "must be a number such as \"0.5\"" end
  local scale = math.tointeger(10 ^ math.abs(power))
  if power >= 0 and value > math.maxinteger // scale or power < 0 and divisor > math.maxinteger // scale then return nil, "is too large" end
  if power >= 0 then value = value * scale else divisor = divisor * scale end
  if value % divisor ~= 0 then return nil, "is too precise: billionths are the least" end
  return value // divisor
end

-- As Go writes a number: the shortest digits, with an exponent below -4 and from a million on (1e+06).
function scalars.number_text(value)
  if math.type(value) == "integer" then return tostring(value) end
  if value ~= value then return "NaN" end
  if value == math.huge or value == -math.huge then return value > 0 and "+Inf" or "-Inf" end
  local digits = 1
  while tonumber(("%." .. digits .. "g"):format(value)) ~= value do digits = digits + 1 end
  local mantissa, exponent = ("%." .. digits - 1 .. "e"):format(value):match("^(.-)e(.*)$")
  exponent = math.tointeger(tonumber(exponent))
  if exponent < -4 or exponent >= 6 then
    return ("%se%s%02d"):format(mantissa, exponent < 0 and "-" or "+", math.abs(exponent))
  end
  return ("%." .. math.max(digits - 1 - exponent, 0) .. "f"):format(value)
end

local YES = { y = true, yes = true, ["true"] = true, on = true }
local NO = { n = true, no = true, ["false"] = true, off = true }

-- What a variable says for a boolean.
function scalars.flag(text)
  local word = text:lower()
  if YES[word] then return true end
  if NO[word] then return false end
end

function scalars.whole(text) return text:find("^[-+]?%d+$") and math.tointeger(tonumber((text:gsub("^%+", "")))) or nil end

return scalars

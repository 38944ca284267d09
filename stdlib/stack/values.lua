-- SPDX-License-Identifier: Apache-2.0
-- The forms of single values: text, numbers, amounts. Each gives the value as the model has it, or nil after a problem.
local core, problems, scalars = ...

local forms = {}

local function shown(value)
  if value == core.null then return "nothing" end
  if type(value) == "string" then return ("'%s'"):format(value) end
  if type(value) == "table" then return (#value > 0 or tostring(value):find("^list")) and "a list" or "a map" end
  return tostring(value)
end

-- "'ports[2]'": the last key of a place, for messages.
local function label(at)
  if math.type(at.key) then return ("%s[%d]'"):format(label(at.up):sub(1, -2), at.key + 1) end
  return ("'%s'"):format(at.key or "the file")
end

local function expected(at, what, value)
  problems:add(at, ("%s must be %s, got %s"):format(label(at), what, shown(value)))
end
forms.shown, forms.label, forms.expected = shown, label, expected

-- What a variable gave: text, where a number or a boolean is wanted.
local function cast(at, value, rule, convert)
  if not (rule.cast and type(value) == "string" and at.source.changed[at:pointer()]) then return value end
  local made = convert(value)
  if made == nil then return value end
  return made
end

local function choices(rule) return "'" .. table.concat(rule.one_of, "', '") .. "'" end

function forms.text(at, value, rule)
  if rule.nullable and value == core.null then return nil end
  if rule.number and type(value) == "number" then value = scalars.number_text(value) end
  if type(value) ~= "string" then
    return expected(at, "text" .. (type(value) == "number" and " (put it in quotes)" or ""), value)
  end
  if not rule.one_of or value == "" and not rule.not_empty then return value end
  local word = rule.any_case and value:lower() or value
  for _, known in ipairs(rule.one_of) do
    if word == known then return word end
  end
  local message = ("%s must be one of %s, got '%s'%s"):format(label(at), choices(rule), value, core.did_you_mean(value, rule.one_of))
  if rule.unsure then problems:doubt(at, message) else problems:add(at, message) end
  return value
end

function forms.flag(at, value, rule)
  value = cast(at, value, rule, scalars.flag)
  if type(value) ~= "boolean" then return expected(at, "true or false", value) end
  return value
end

-- Written without their zero: 444 is 0674.
local DECIMAL_MODES = { [400] = true, [440] = true, [444] = true, [600] = true, [640] = true, [644] = true, [700] = true, [755] = true }

function forms.whole(at, value, rule)
  value = cast(at, value, rule, scalars.whole)
  if type(value) == "number" then value = math.tointeger(value) or value end
  if math.type(value) ~= "integer" then return expected(at, "a whole number", value) end
  return value
end

function forms.count(at, value, rule)
  value = forms.whole(at, value, rule)
  if value and value < 0 then return expected(at, "0 or more", value) end
  if value and rule.mode and DECIMAL_MODES[value] then
    problems:doubt(at, ("%s: %d is a decimal number; permissions are written with a zero before them: 0%d"):format(label(at), value, value))
  end
  return value
end

function forms.number(at, value, rule)
  value = cast(at, value, rule, tonumber)
  if type(value) ~= "number" then return expected(at, "a number", value) end
  return value
end

function forms.duration(at, value)
  local made = type(value) == "string" and scalars.duration(value)
  if not made then return expected(at, "a duration such as '1m30s' or '500ms'", value) end
  return made
end

function forms.size(at, value, rule)
  if rule.number and math.type(value) == "integer" then return value end
  local made = type(value) == "string" and scalars.size(value)
  if not made then return expected(at, "a size in text such as '512m' or '1.5gb'", value) end
  return made
end

function forms.cpus(at, value)
  if type(value) ~= "string" then return expected(at, "text such as '0.5'", value) end
  if value == "" then return nil end
  local made, why = scalars.cpus(value)
  if not made then problems:add(at, ("%s %s, got '%s'"):format(label(at), why, value)) end
  return made
end

function forms.any(_, value) return value end

-- Of a reference "host:5000/some/name:tag@sha256:..." the letters only: a registry is asked later.
function forms.image(at, value)
  if type(value) ~= "string" then return expected(at, "text", value) end
  local rest, digest = value:match("^([^@]*)@?(.*)$")
  local path, tag = rest:match("^(.*):([^:/]*)$")
  path = path or rest
  local domain, after = path:match("^([^/]*)/(.*)$")
  local remote = domain and (domain:find("[.:]") or domain == "localhost" or domain:find("%u")) and after or path
  local sound = (not tag or tag:find("^[%w_][%w_.-]*$") and #tag <= 128) and
    (not value:find("@", 1, true) or digest:find("^[%w.+_-]+:%x+$") and #digest:match(":(.*)$") >= 32)
  for part in (remote .. "/"):gmatch("(.-)/") do
    sound = sound and part:find("^[%l%d][%l%d._-]*$") and part:find("[%l%d]$")
    for between in part:gmatch("[._-]+") do
      sound = sound and (between == "." or between == "_" or between == "__" or between:find("^%-+$"))
    end
  end
  if not sound then expected(at, "the name of an image", value) end
  return value
end

function forms.restart(at, value)
  if type(value) ~= "string" then return expected(at, "text" .. (value == false and " (put 'no' in quotes)" or ""), value) end
  local name, count = value:match("^([^:]*):?(.*)$")
  local known = name == "no" or name == "always" or name == "unless-stopped" or name == "on-failure" or value == ""
  if not known or count ~= "" and not count:find("^%d+$") then
    return expected(at, "'no', 'always', 'unless-stopped' or 'on-failure[:N]'", value)
  end
  return value
end

function forms.constraint(at, value)
  if type(value) ~= "string" then return expected(at, "text", value) end
  if not value:find("^%s*%a[%w_./-]*%s*[!=]=%s*%S") then
    problems:doubt(at, ("%s must compare, as node.role == manager does, got '%s'"):format(label(at), value))
  end
  return value
end

function forms.subnet(at, value)
  if type(value) ~= "string" then return expected(at, "text", value) end
  local bits = tonumber(value:match("^[%x:.]+/(%d+)$"))
  if not bits or bits > (value:find(":", 1, true) and 128 or 32) then
    problems:doubt(at, ("%s must be a network such as 10.1.0.0/16, got '%s'"):format(label(at), value))
  end
  return value
end

return forms

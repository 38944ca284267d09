-- SPDX-License-Identifier: Apache-2.0
-- Variables in the values of a stack file: $NAME, ${NAME}, ${NAME:-default}, ${NAME-default}, ${NAME:?error}, ${NAME?error}, $$.
local problems, variables, lenient = ...

-- In place of a value that is missing: what holds it is not looked at any further.
local MISSING = "\0missing\0"

local substitute

-- From "{" at `from`: the text up to its "}", and where that is.
local function braced(text, from)
  local depth, at = 0, from
  while at <= #text do
    local two, one = text:sub(at, at + 1), text:sub(at, at)
    if two == "${" then depth, at = depth + 1, at + 1
    elseif two == "$$" then at = at + 1
    elseif one == "}" then
      if depth == 0 then return text:sub(from + 1, at - 1), at end
      depth = depth - 1
    end
    at = at + 1
  end
end

local function needed(at, name, why)
  problems:add(at, ("the variable '%s' %s"):format(name, why))
  return MISSING
end

local function expression(at, body)
  local name, rest = body:match("^([%a_][%w_]*)(.*)$")
  if not name then return nil end
  local value = variables[name]
  if rest == "" then
    if value == nil then
      problems:doubt(at, ("the variable '%s' is not set; give it a value, or a default: ${%s:-...}"):format(name, name))
    end
    return value or (lenient and "" or MISSING)
  end
  local operator, argument = rest:match("^(:?[-?])(.*)$")
  if not operator then return nil end
  local missing = value == nil or operator:sub(1, 1) == ":" and value == ""
  if not missing then return value end
  if operator:sub(-1) == "-" then return substitute(at, argument) end
  local reason = substitute(at, argument) or ""
  return needed(at, name, (value and "is empty" or "is not set") .. (reason ~= "" and ": " .. reason or ""))
end

-- Nil where it is malformed.
function substitute(at, text)
  local made, from = {}, 1
  while true do
    local dollar = text:find("$", from, true)
    if not dollar then break end
    made[#made + 1] = text:sub(from, dollar - 1)
    local following = text:sub(dollar + 1, dollar + 1)
    local value
    if following == "$" then
      value, from = "$", dollar + 2
    elseif following == "{" then
      local body, stop = braced(text, dollar + 1)
      value, from = body and expression(at, body), (stop or 0) + 1
    else
      local name = text:match("^[%a_][%w_]*", dollar + 1)
      value, from = name and expression(at, name), dollar + 1 + #(name or "")
    end
    if not value then return nil end
    made[#made + 1] = value
  end
  made[#made + 1] = text:sub(from)
  return table.concat(made)
end

-- Replaces in all texts of the tree; `changed` gets the places where something came of it.
local function walk(at, value, changed)
  if type(value) == "string" and value:find("$", 1, true) then
    local made = substitute(at, value)
    if not made then
      problems:add(at, ("'%s' holds a '$' that begins no variable; write '$$' for the character"):format(value))
      return value
    end
    if made ~= value then changed[at:pointer()] = true end
    return made
  elseif type(value) == "table" then
    for key, item in pairs(value) do value[key] = walk(at:child(math.type(key) and key - 1 or key), item, changed) end
  end
  return value
end

return { walk = walk, missing = MISSING }

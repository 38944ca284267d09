-- SPDX-License-Identifier: Apache-2.0
-- What is wrong with stack files, gathered until all is known; and where in them something is.
local core, lenient = ...

-- A place is { source, up, key }: the way from the top of a file to a value. Keys of lists count from 0.
local Place = {}
Place.__index = Place

function Place:child(key) return setmetatable({ source = self.source, up = self, key = key }, Place) end

function Place:pointer()
  if not self.up then return "" end
  return self.up:pointer() .. "/" .. (tostring(self.key):gsub("~", "~0"):gsub("/", "~1"))
end

-- The way to it, for people: services.web.ports[2].
function Place:path()
  if not self.up then return "" end
  local above = self.up:path()
  if math.type(self.key) then return ("%s[%d]"):format(above, self.key + 1) end
  return (above == "" and "" or above .. ".") .. tostring(self.key)
end

-- What aliases bring has no line of its own: then it is the line of what is around it.
function Place:line()
  local at = self
  while at.up do
    local position = at.source.positions[at:pointer()]
    if position then return position.line end
    at = at.up
  end
  return 1
end

local Problems = {}
Problems.__index = Problems

local function entry(list, at, message)
  local line = at:line()
  list[#list + 1] = { order = at.source.order, line = line, index = #list, text = ("%s:%d: %s"):format(at.source.name, line, message) }
end

function Problems:add(at, message) entry(self.found, at, message) end

function Problems:warn(at, message) entry(self.warnings, at, message) end

-- Refused, where the docker CLI takes it and something else comes of it than what was meant.
function Problems:doubt(at, message)
  if lenient then self:warn(at, message) else self:add(at, message) end
end

local function sorted(list)
  table.sort(list, function(a, b)
    if a.order ~= b.order then return a.order < b.order end
    if a.line ~= b.line then return a.line < b.line end
    return a.index < b.index
  end)
  local lines, seen = {}, {}
  for _, it in ipairs(list) do
    if not seen[it.text] then lines[#lines + 1] = it.text end
    seen[it.text] = true
  end
  return lines
end

function Problems:raise()
  if #self.found == 0 then return end
  core.fail("stack.invalid", table.concat(sorted(self.found), "\n"), { hint = "the form of stack files: runbook help stack.load" })
end

function Problems:list_warnings() return sorted(self.warnings) end

function Problems.top(source) return setmetatable({ source = source }, Place) end

return setmetatable({ found = {}, warnings = {} }, Problems)

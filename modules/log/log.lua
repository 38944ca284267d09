-- SPDX-License-Identifier: Apache-2.0
local M, internal = ...

local function logger(level)
  return function(message, fields)
    if fields ~= nil and type(fields) ~= "table" then
      internal.fail("argument.invalid", ("log.%s: the fields must be a table, got %s"):format(level, type(fields)))
    end
    -- A secret stays one: it is shown as "***".
    if type(message) ~= "userdata" then message = tostring(message) end
    internal.emit { event = "log", level = level, message = message, fields = fields }
  end
end

for _, level in ipairs { "debug", "info", "warn", "error" } do M[level] = logger(level) end

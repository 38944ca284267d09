-- SPDX-License-Identifier: Apache-2.0
-- Variables from a file: NAME=value on each line, as in the .env files of compose. Nothing else is read from anywhere.
local rb = require "runbook"
local machine = require "machine"

local M = {}

local function value_of(text)
  local quoted = text:match "^'(.*)'%s*$"
  if quoted then return quoted end
  quoted = text:match '^"(.*)"%s*$'
  if quoted then return (quoted:gsub("\\(.)", { n = "\n", t = "\t", ['"'] = '"', ["\\"] = "\\" })) end
  return (text:gsub("%s+#.*$", ""):gsub("%s+$", ""))
end

function M.parse(text, name)
  local variables, number = {}, 0
  for line in (text:gsub("^\xEF\xBB\xBF", "") .. "\n"):gmatch "(.-)\r?\n" do
    number = number + 1
    local stripped = line:gsub("^%s*export%s+", ""):gsub("^%s+", "")
    if stripped ~= "" and stripped:sub(1, 1) ~= "#" then
      local key, value = stripped:match "^([%a_][%w_]*)%s*=%s*(.*)$"
      if not key then
        rb.fail("env_file.invalid", ("%s:%d: expected NAME=value, got '%s'"):format(name, number, line:match "^%s*(.-)%s*$"))
      end
      variables[key] = value_of(value)
    end
  end
  return variables
end

-- Of all files; later ones win, and `more` over all.
function M.read(files, more)
  local variables = {}
  for _, file in ipairs(files) do
    for key, value in pairs(M.parse(machine.here():read(file), file)) do variables[key] = value end
  end
  for key, value in pairs(more) do variables[key] = value end
  return variables
end

return M

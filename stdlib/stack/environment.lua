-- SPDX-License-Identifier: Apache-2.0
-- The environment of a service: its files, over them its own entries; what has no value comes from the caller's variables.
local core, problems, variables, paths = ...

-- "NAME=text" a line; blank lines and comments are passed over; quotes and blanks at the end belong to the text.
local function entries(at, name, text)
  local found, number = {}, 0
  if not utf8.len(text) then
    problems:add(at, ("%s is not UTF-8"):format(name))
    return found
  end
  for line in (text:gsub("^\u{FEFF}", "") .. "\n"):gmatch("(.-)\r?\n") do
    number = number + 1
    line = line:gsub("^%s+", "")
    local key, value = line:match("^([^=]*)=(.*)$")
    key = key or line
    if line ~= "" and line:sub(1, 1) ~= "#" then
      if key == "" or key:find("%s") then
        problems:add(at, ("%s, line %d: '%s' is no name of a variable"):format(name, number, key))
      else
        found[#found + 1] = { name = key, value = value or variables[key] }
      end
    end
  end
  return found
end

local function read_file(at, path)
  local read, text = pcall(function() return require("machine").here():read(path) end)
  if read then return entries(at, path, text) end
  local err = core.as_error(text)
  if err.code ~= "machine.not_found" then error(text, 0) end
  problems:add(at, ("there is no file %s"):format(path))
  return {}
end

-- An empty value is one that the caller may give, too: so the docker CLI has it.
local function resolve(value, name)
  if (value == core.null or value == "") and variables[name] ~= nil then return variables[name] end
  return value
end

return function(at, service)
  local made = {}
  for index, file in ipairs(service.env_file or {}) do
    local here = at:child("env_file")
    for _, it in ipairs(read_file(here:child(index - 1), paths.resolve(here, file))) do
      if it.value then made[it.name] = resolve(it.value, it.name) end
    end
  end
  for name, value in pairs(service.environment or {}) do made[name] = resolve(value, name) end
  service.env_file = nil
  service.environment = next(made) and made or nil
end

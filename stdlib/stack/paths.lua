-- SPDX-License-Identifier: Apache-2.0
-- Paths in stack files: relative ones start in the folder of the first file, "~" is the HOME of the variables.
local problems, folder, variables = ...

local paths = {}

-- Without ".", ".." and doubled slashes.
local function clean(path)
  local parts = {}
  for part in path:gmatch("[^/]+") do
    if part == ".." then
      parts[#parts] = nil
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return "/" .. table.concat(parts, "/")
end

function paths.resolve(at, path, home)
  if home and path:sub(1, 1) == "~" then
    if not variables.HOME then
      problems:doubt(at, "'~' stands for the variable HOME, which is not set")
    else
      path = variables.HOME .. path:sub(2)
    end
  end
  if path:find("^/") or path:find("^%a:[\\/]") or path:find("^\\\\") then return path end
  if not folder:find("^/") then
    problems:add(at, ("'%s' is relative, and so is the name of the first file; name that one with its folder"):format(path))
    return path
  end
  return clean(folder .. "/" .. path)
end

return paths

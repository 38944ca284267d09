-- SPDX-License-Identifier: Apache-2.0
-- The packages of a simulated Debian: dpkg-query and apt-get, as far as runbooks use them.
--   packages = { nginx = "1.22.1-9" }     installed
--   repository = { redis = "5:7.0.15" }   can be installed; what is installed can be, too
local _, options, add_program = ...

local installed, repository = {}, {}
for name, version in pairs(options.packages or {}) do installed[name], repository[name] = version, version end
for name, version in pairs(options.repository or {}) do repository[name] = version end

local tools = {}

tools["dpkg-query"] = function(argv)
  local format, names = "${Package}\t${Version}\n", {}
  for at = 2, #argv do
    local given = argv[at]:match("^%-%-showformat=(.*)$") or argv[at]:match("^%-f=?(.+)$")
    if given then
      format = given
    elseif argv[at - 1] == "-f" then
      format = argv[at]
    elseif argv[at]:sub(1, 1) ~= "-" then
      names[#names + 1] = argv[at]
    end
  end
  local out, missing = {}, {}
  for _, name in ipairs(names) do
    local fields = { Package = name, Version = installed[name], Status = "install ok installed", ["db:Status-Status"] = "installed" }
    if installed[name] then
      out[#out + 1] = format:gsub("%${([%w:-]+)}", fields):gsub("\\n", "\n"):gsub("\\t", "\t")
    else
      missing[#missing + 1] = "dpkg-query: no packages found matching " .. name .. "\n"
    end
  end
  return { code = #missing > 0 and 1 or 0, stdout = table.concat(out), stderr = table.concat(missing) }
end

local function each_package(argv, from)
  local at = from - 1
  return function()
    repeat at = at + 1 until not argv[at] or argv[at]:sub(1, 1) ~= "-"
    if argv[at] then return argv[at]:match("^([^=]+)=?(.*)$") end
  end
end

local function install(argv, from)
  for name, version in each_package(argv, from) do
    if not repository[name] then return { code = 100, stderr = "E: Unable to locate package " .. name .. "\n" } end
    if version ~= "" and version ~= repository[name] then
      return { code = 100, stderr = ("E: Version '%s' for '%s' was not found\n"):format(version, name) }
    end
  end
  local out = {}
  for name in each_package(argv, from) do
    local same = installed[name] == repository[name]
    out[#out + 1] = same and name .. " is already the newest version (" .. installed[name] .. ").\n" or "Setting up " .. name .. " ...\n"
    installed[name] = repository[name]
  end
  return table.concat(out)
end

local function remove(argv, from)
  for name in each_package(argv, from) do
    if not repository[name] and not installed[name] then return { code = 100, stderr = "E: Unable to locate package " .. name .. "\n" } end
  end
  for name in each_package(argv, from) do installed[name] = nil end
  return {}
end

tools["apt-get"] = function(argv)
  for at = 2, #argv do
    local verb = argv[at]
    if verb == "install" then return install(argv, at + 1) end
    if verb == "remove" or verb == "purge" then return remove(argv, at + 1) end
    if verb == "update" or verb == "clean" or verb == "autoremove" then return {} end
    if verb == "upgrade" or verb == "dist-upgrade" then
      for name in pairs(installed) do installed[name] = repository[name] or installed[name] end
      return {}
    end
  end
  return { code = 100, stderr = "E: Invalid operation\n" }
end

for name, run in pairs(tools) do add_program("/usr/bin/" .. name, run) end
return installed

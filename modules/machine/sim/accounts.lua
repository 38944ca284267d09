-- SPDX-License-Identifier: Apache-2.0
-- The accounts of a simulated machine, in /etc/passwd and /etc/group: files can belong to them, and the tools that
-- Debian has for them (getent, id, useradd, userdel, groupadd, groupdel) read and change them.
local _, options, here, add_program = ...

local PASSWD, GROUP = "/etc/passwd", "/etc/group"

local function lines_of(path)
  local lines = {}
  for line in here:read(path):gmatch("[^\n]+") do lines[#lines + 1] = line end
  return lines
end

local function find(path, name)
  for index, line in ipairs(lines_of(path)) do
    local its_name, id = line:match("^([^:]*):[^:]*:(%d+)")
    if its_name == name or id == name then return line, index, tonumber(id) end
  end
  return nil
end

local function add(path, line) here:append(path, line .. "\n") end

local function remove(path, index)
  local lines = lines_of(path)
  table.remove(lines, index)
  here:write(path, table.concat(lines, "\n") .. "\n")
end

local function next_id(path)
  local highest = 999
  for _, line in ipairs(lines_of(path)) do
    local id = tonumber(line:match("^[^:]*:[^:]*:(%d+)"))
    if id < 60000 then highest = math.max(highest, id) end
  end
  return highest + 1
end

-- The options of a command line by their letters or names, and what is left of it. `valued`: which take a value.
local function parse(argv, valued)
  local given, rest, at = {}, {}, 2
  while argv[at] do
    local word = argv[at]
    local name, value = word:match("^%-%-([%w-]+)=(.*)$")
    name = name or word:match("^%-%-?([%w-]+)$")
    if not name then
      rest[#rest + 1] = word
    elseif value == nil and valued[name] then
      at = at + 1
      given[valued[name]] = argv[at]
    else
      given[valued[name] or name] = value or true
    end
    at = at + 1
  end
  return given, rest
end

local function fail(code, text) return { code = code, stderr = text .. "\n" } end

local tools = {}

function tools.getent(argv)
  local path = argv[2] == "passwd" and PASSWD or argv[2] == "group" and GROUP
  if not path then return fail(1, "Unknown database: " .. tostring(argv[2])) end
  if not argv[3] then return here:read(path) end
  local line = find(path, argv[3])
  return line and line .. "\n" or { code = 2 }
end

function tools.id(argv)
  local given, rest = parse(argv, {})
  local name = rest[1] or "root"
  local line, _, id = find(PASSWD, name)
  if not line then return fail(1, "id: ‘" .. name .. "’: no such user") end
  local gid = line:match("^[^:]*:[^:]*:%d+:(%d+)")
  if given.un or given.u and given.n then return line:match("^[^:]*") .. "\n" end
  if given.u then return id .. "\n" end
  if given.g then return gid .. "\n" end
  local group = find(GROUP, gid)
  return ("uid=%d(%s) gid=%s(%s)\n"):format(id, line:match("^[^:]*"), gid, group and group:match("^[^:]*") or gid)
end

local USER = { u = "uid", uid = "uid", g = "gid", gid = "gid", d = "home", ["home-dir"] = "home", s = "shell", shell = "shell",
  c = "comment", comment = "comment", G = "groups", groups = "groups" }

function tools.useradd(argv)
  local given, rest = parse(argv, USER)
  local name = rest[1]
  if find(PASSWD, name) then return fail(9, "useradd: user '" .. name .. "' already exists") end
  local uid = tonumber(given.uid) or next_id(PASSWD)
  local group, _, gid = find(GROUP, given.gid or name)
  if given.gid and not group then return fail(6, "useradd: group '" .. given.gid .. "' does not exist") end
  if not group then
    gid = uid
    add(GROUP, ("%s:x:%d:"):format(name, gid))
  end
  local home = given.home or "/home/" .. name
  add(PASSWD, ("%s:x:%d:%d:%s:%s:%s"):format(name, uid, gid, given.comment or "", home, given.shell or "/bin/sh"))
  if given.m or given["create-home"] then here:directory_ensure { path = home, owner = name, mode = "0700" } end
  return {}
end

function tools.userdel(argv)
  local given, rest = parse(argv, {})
  local name = rest[1]
  local line, index = find(PASSWD, name)
  if not line then return fail(6, "userdel: user '" .. name .. "' does not exist") end
  remove(PASSWD, index)
  local group, at = find(GROUP, name)
  if group then remove(GROUP, at) end
  if given.r or given.remove then here:remove(line:match("^[^:]*:[^:]*:%d+:%d+:[^:]*:([^:]*)"), { recursive = true }) end
  return {}
end

function tools.groupadd(argv)
  local given, rest = parse(argv, { g = "gid", gid = "gid" })
  if find(GROUP, rest[1]) then return fail(9, "groupadd: group '" .. rest[1] .. "' already exists") end
  add(GROUP, ("%s:x:%d:"):format(rest[1], tonumber(given.gid) or next_id(GROUP)))
  return {}
end

function tools.groupdel(argv)
  local _, index = find(GROUP, argv[#argv])
  if not index then return fail(6, "groupdel: group '" .. argv[#argv] .. "' does not exist") end
  remove(GROUP, index)
  return {}
end

local accounts, groups = { "root:x:0:0:root:/root:/bin/bash" }, { "root:x:0:" }

-- By number and name: the files are the same each time.
local function sorted(ids)
  local names = {}
  for name in pairs(ids or {}) do names[#names + 1] = name end
  table.sort(names, function(a, b) return ids[a] < ids[b] or ids[a] == ids[b] and a < b end)
  local at = 0
  return function()
    at = at + 1
    return names[at], ids and ids[names[at]]
  end
end

local function declare(name, id)
  accounts[#accounts + 1] = ("%s:x:%d:%d::/home/%s:/bin/bash"):format(name, id, id, name)
  groups[#groups + 1] = ("%s:x:%d:"):format(name, id)
end

for name, id in sorted(options.users) do declare(name, id) end
if options.login and not (options.users or {})[options.login] then declare(options.login, 1000) end
for name, id in sorted(options.groups) do groups[#groups + 1] = ("%s:x:%d:"):format(name, id) end
here:write(PASSWD, table.concat(accounts, "\n") .. "\n")
here:write(GROUP, table.concat(groups, "\n") .. "\n")
if options.users or options.groups then
  for name, run in pairs(tools) do
    add_program((name == "getent" or name == "id") and "/usr/bin/" .. name or "/usr/sbin/" .. name, run)
  end
end

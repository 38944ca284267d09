-- SPDX-License-Identifier: Apache-2.0
-- Hosts, the groups they are in, and what is known of them.
local core = ...
local rb = require "runbook"
local read = core.part "inventory/read"
local choose = core.part "inventory/select"

local inventory = {}

local Host = {}
Host.__index = Host

-- Made once: a machine keeps its connection.
local machines = setmetatable({}, { __mode = "k" })

function Host:machine()
  if not machines[self] then
    local machine = require "machine"
    if self.here then
      machines[self] = machine.here()
    else
      machines[self] = machine.ssh(self.address, next(self.ssh) and self.ssh or nil)
    end
  end
  return machines[self]
end

local Inventory = {}
Inventory.__index = Inventory

-- Of a run that is resumed with another --limit: the hosts that it had before.
local function limited_before(self, hosts_before)
  if not hosts_before then return nil end
  local known, set = pcall(choose, core, self, #hosts_before > 0 and table.concat(hosts_before, ",") or "all")
  return known and set or nil
end

-- The hosts that a pattern names, in the order of the inventory; only those of --limit.
function Inventory:list(pattern)
  if pattern == nil then pattern = "all" end
  if core.is_unknown(pattern) then return #pattern end -- where the plan ends
  if type(pattern) ~= "string" then
    rb.fail("argument.invalid", "inventory:list: expected a pattern, got " .. core.typename(pattern))
  end
  local chosen = choose(core, self, pattern)
  local fleet = core.fleet(true)
  local limit = fleet.hosts
  local within = limit and choose(core, self, table.concat(limit, ","), "--limit ")
  local before = limited_before(self, fleet.hosts_before)
  local hosts, outside = {}, {}
  for _, host in ipairs(self.hosts) do
    if chosen[host.name] and (not within or within[host.name]) then
      hosts[#hosts + 1] = host
    elseif chosen[host.name] and before and before[host.name] then
      outside[#outside + 1] = host
    end
  end
  if #hosts == 0 then
    rb.fail("inventory.empty", ("no host is in '%s'%s"):format(pattern, within and " and in --limit " .. table.concat(limit, ",") or ""),
      { hint = "nothing is done for no hosts; look at the groups of " .. self.source })
  end
  -- A rollout of a resumed run looks at whether they are done.
  if #outside > 0 then setmetatable(hosts, { outside_limit = outside }) end
  return hosts
end

function Inventory:get(name)
  local host = self.by_name[name]
  if host then return host end
  local names = {}
  for known in pairs(self.by_name) do names[#names + 1] = known end
  table.sort(names)
  local near = core.did_you_mean(tostring(name), names)
  rb.fail("inventory.unknown", ("there is no host '%s' in %s%s"):format(tostring(name), self.source, near))
end

-- The table of a file or a function, where its parts stand, and what it is called.
local function contents(source)
  local given = core.fleet().inventory or source
  if given == nil then
    rb.fail("inventory.missing", "there is no inventory", { hint = "name its file: --inventory FILE, or inventory.load(\"hosts.yaml\")" })
  end
  if type(given) == "function" then given = given() end
  if core.is_unknown(given) then return given.hosts end -- where the plan ends
  if type(given) == "table" then return given, nil, "the inventory" end
  if type(given) ~= "string" then
    rb.fail("argument.invalid", "inventory.load: expected a file, a table or a function, got " .. core.typename(given))
  end
  local found, text = pcall(function() return require("machine").here():read(given) end)
  if not found then
    local err = core.as_error(text)
    if err.code == "machine.not_found" then rb.fail("inventory.missing", err.message) end
    error(text, 0)
  end
  local name = given:match("[^/]+$") or given
  local yaml = require "yaml"
  local decoded, value = pcall(yaml.decode, text)
  if not decoded then rb.fail("inventory.invalid", name .. ": " .. core.as_error(value).message) end
  return value, yaml.positions(text), name
end

function inventory.load(source)
  local value, positions, name = contents(source)
  local made = read(core, value, positions, name)
  made.source = name
  for _, host in ipairs(made.hosts) do setmetatable(host, Host) end
  return setmetatable(made, Inventory)
end

return inventory

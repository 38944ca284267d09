-- SPDX-License-Identifier: Apache-2.0
-- Where the tasks of a service may land, as far as its constraints say. A volume of the driver "local" is another one on
-- each node.
local core = ...

local function facts(node)
  local raw = node.raw
  local seen = { ["node.id"] = raw.ID, ["node.hostname"] = raw.Description.Hostname, ["node.role"] = raw.Spec.Role,
                 ["node.platform.os"] = raw.Description.Platform.OS, ["node.platform.arch"] = raw.Description.Platform.Architecture }
  for key, value in pairs(raw.Spec.Labels or {}) do seen["node.labels." .. key] = value end
  for key, value in pairs((raw.Description.Engine or {}).Labels or {}) do seen["engine.labels." .. key] = value end
  return seen
end

-- A node without a label fits "!=", and names are compared without regard to capitals.
local function fits(seen, constraint)
  local key, operator, value = constraint:match("^%s*([^=!%s]+)%s*([=!]=)%s*(.-)%s*$")
  if not key then return true end
  local is = seen[key] or ""
  return (is:lower() == value:lower()) == (operator == "==")
end

local function fitting(nodes, spec)
  local count = 0
  for _, node in ipairs(nodes) do
    local seen, good = facts(node), true
    for _, constraint in ipairs(spec.TaskTemplate.Placement.Constraints or {}) do good = good and fits(seen, constraint) end
    if good then count = count + 1 end
  end
  return count
end

local function volumes(spec)
  local names = {}
  for _, mount in ipairs(spec.TaskTemplate.ContainerSpec.Mounts or {}) do
    local driver = ((mount.VolumeOptions or {}).DriverConfig or {})
    local here = mount.Type == "volume" and mount.Source and (driver.Name or "local") == "local"
    -- With options it may well be a share that all nodes have.
    if here and not next(driver.Options or {}) then names[#names + 1] = mount.Source end
  end
  return names
end

-- Calls warn(text), and doubt(text) for volumes that do not follow their service.
return function(engine, services, warn, doubt)
  local nodes = engine:node_list()
  if core.is_unknown(nodes) then return end
  for _, spec in ipairs(services) do
    local count, kept = fitting(nodes, spec), volumes(spec)
    local none = spec.Mode.Replicated and spec.Mode.Replicated.Replicas == 0
    if count == 0 and not none and not spec.Mode.Global then
      warn(("no node fits the constraints of '%s' (%s)"):format(spec.Name,
        table.concat(spec.TaskTemplate.Placement.Constraints or {}, ", ")))
    elseif count > 1 and #kept > 0 and spec.Mode.Replicated then
      doubt(("'%s' may land on any of %d nodes, and finds the volume '%s' empty on another one than before"):format(spec.Name, count,
        table.concat(kept, "', '")))
    end
  end
end

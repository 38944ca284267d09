-- SPDX-License-Identifier: Apache-2.0
-- On which node of a simulated swarm a task may run.
local _, shared, engine = ...
local here = require("machine").here()

local M = {}

local function value_of(node, key)
  local label = key:match("^node%.labels%.(.+)$")
  if label then return node.Spec.Labels[label] or "" end
  local known = { ["node.id"] = node.ID, ["node.hostname"] = node.Description.Hostname, ["node.role"] = node.Spec.Role,
    ["node.platform.os"] = "linux", ["node.platform.arch"] = "x86_64" }
  return known[key] or ""
end

-- A node without the label differs from every value.
local function is_allowed(service, node)
  local wanted = (service.Spec.TaskTemplate.Placement or {}).Constraints or {}
  for _, constraint in ipairs(wanted) do
    local key, operator, value = constraint:match("^%s*([%w._-]+)%s*([!=]=)%s*(.-)%s*$")
    if key and (value_of(node, key) == value) ~= (operator == "==") then return false end
  end
  return true
end

local function is_available(node) return node.state == "ready" and node.Spec.Availability == "active" end

local function host_ports(service)
  local out = {}
  for _, port in ipairs(service.Spec.EndpointSpec.Ports or {}) do
    if port.PublishMode == "host" and port.PublishedPort then out[port.PublishedPort] = true end
  end
  return out
end

local function has_port_taken(service, task, node)
  local wanted = host_ports(service)
  for _, other in ipairs(engine.swarm.cluster.tasks) do
    local state = other.Status.State
    if other ~= task and other.NodeID == node.ID and (state == "running" or state == "starting") then
      for _, owner in ipairs(engine.swarm.cluster.services) do
        for port in pairs(owner.ID == other.ServiceID and host_ports(owner) or {}) do
          if wanted[port] then return true end
        end
      end
    end
  end
  return false
end

local function load_of(node)
  local count = 0
  for _, task in ipairs(engine.swarm.cluster.tasks) do
    count = count + (task.NodeID == node.ID and task.DesiredState == "running" and 1 or 0)
  end
  return count
end

-- Whether a global service has a task there.
function M.fits(service, node) return node.state == "ready" and node.Spec.Availability ~= "drain" and is_allowed(service, node) end

local REASONS = { "not available for new tasks", "scheduling constraints not satisfied on", "host-mode port already in use on" }

local function reason(counts)
  local parts = {}
  for at, words in ipairs(REASONS) do
    local count = counts[at] or 0
    local nodes = count == 1 and "1 node" or ("%d nodes"):format(count)
    if count > 0 then parts[#parts + 1] = at == 1 and nodes .. " " .. words or words .. " " .. nodes end
  end
  return "no suitable node (" .. table.concat(parts, "; ") .. ")"
end

-- The node with the fewest tasks, or nil and why there is none.
function M.choose(service, task)
  local best, fewest, counts = nil, math.huge, {}
  for _, node in ipairs(engine.swarm.cluster.nodes) do
    local obstacle = not is_available(node) and 1 or not is_allowed(service, node) and 2 or has_port_taken(service, task, node) and 3
    if task.wanted_node and task.wanted_node ~= node.ID then
      obstacle = obstacle or 2
    end
    if obstacle then
      counts[obstacle] = (counts[obstacle] or 0) + 1
    elseif load_of(node) < fewest then
      best, fewest = node, load_of(node)
    end
  end
  if best then return best end
  return nil, reason(counts)
end

-- Where a bind mount's source is missing, the node refuses the task.
function M.missing_source(spec)
  for _, mount in ipairs(spec.Mounts or {}) do
    if mount.Type == "bind" and not here:find(mount.Source) then return mount.Source end
  end
end

shared.copy_list = function(list) return table.move(list, 1, #list, 1, {}) end

return M

-- SPDX-License-Identifier: Apache-2.0
-- Which editor runs on which node.
local rb = require "runbook"

local M = {}

-- The names of the nodes that take new editors: those that are there and not drained.
function M.eligible(nodes, options)
  local names = {}
  for _, node in ipairs(nodes) do
    local taken = node.state == "ready" and node.availability == "active"
    if taken and not (options and options.workers_only and node.role == "manager") then names[#names + 1] = node.name end
  end
  table.sort(names)
  return names
end

-- An editor that exists stays where it is, because the student's files are there. Each new one goes to the node with the fewest;
-- where several have as few, to the first by name. `existing`: number of the student -> node.
function M.plan(students, existing, nodes)
  if #nodes == 0 then
    rb.fail("danake.no_nodes", "there is no node that takes editors",
      { hint = "nodes have to be ready and active: runbook status.lua shows them" })
  end
  local count, known = {}, {}
  for _, node in ipairs(nodes) do count[node], known[node] = 0, true end
  for _, node in pairs(existing) do count[node] = (count[node] or 0) + 1 end
  local placed, new, stranded = {}, {}, {}
  for _, student in ipairs(students) do
    local node = existing[student.uid]
    if node then
      if not known[node] then stranded[#stranded + 1] = student.uid end
    else
      for _, candidate in ipairs(nodes) do
        if not node or count[candidate] < count[node] then node = candidate end
      end
      count[node] = count[node] + 1
      new[#new + 1] = student.uid
    end
    placed[student.uid] = node
  end
  return { node = placed, new = new, stranded = stranded }
end

-- `list` in pieces of at most `size`.
function M.batches(list, size)
  local out = {}
  for at = 1, #list, size do out[#out + 1] = table.move(list, at, math.min(at + size - 1, #list), 1, {}) end
  return out
end

return M

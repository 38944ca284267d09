#!/usr/bin/env runbook
-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local site = require "site"

-- The newest task of each service, and how many run.
local function tasks_by_service(engine)
  local of = {}
  for _, task in ipairs(engine:task_list()) do
    local name = task.service or task.service_id
    of[name] = of[name] or { running = 0, newest = task }
    if task.state == "running" and task.desired_state == "running" then of[name].running = of[name].running + 1 end
  end
  return of
end

local function line(service, tasks, where)
  local seen = tasks[service.name] or { running = 0 }
  local wanted = service.replicas or service.desired or seen.running
  local well = seen.running > 0 and seen.running >= wanted
  local why = not well and seen.newest and (seen.newest.error or seen.newest.state) or ""
  print(("%-40s %d/%d  %s%s"):format(service.name, seen.running, wanted, where or "", why ~= "" and "  " .. why or ""))
  return well
end

return rb.runbook {
  summary = "Show the nodes, the services of the stack and the editors; ends with 1 where one does not run",
  doc = "README.md#status",
  params = site.params("", {}),
  permissions = { docker = { ["{engine}"] = { "service.list", "task.list", "node.list" } } },

  run = function(p)
    local engine <close> = site.connect(p)
    for _, node in ipairs(engine:node_list()) do print(("%-40s %s, %s, %s"):format(node.name, node.role, node.state, node.availability)) end
    local tasks, ill = tasks_by_service(engine), {}
    local services = site.stack_services(engine, p)
    table.sort(services, function(a, b) return a.name < b.name end)
    for _, service in ipairs(services) do
      if not line(service, tasks) then ill[#ill + 1] = service.name end
    end
    local editors = site.editors(engine, p)
    for _, service in ipairs(editors) do
      if not line(service, tasks, service.labels[site.HOST]) then ill[#ill + 1] = service.name end
    end
    print(("%d services, %d editors, %d not running"):format(#services, #editors, #ill))
    if #ill > 0 then rb.fail("danake.not_running", "not running: " .. table.concat(ill, ", "),
      { context = { services = table.concat(ill, "\n") } }) end
  end,
}

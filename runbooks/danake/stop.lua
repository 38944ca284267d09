#!/usr/bin/env runbook
-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local stack = require "stack"
local site = require "site"

local ALIVE = { running = true, starting = true, preparing = true }

-- Tasks of editors that still run, but for those of nodes that are gone: what they last said holds for ever.
local function still_running(engine, p)
  local gone, left = {}, {}
  for _, node in ipairs(engine:node_list()) do gone[node.name] = node.state ~= "ready" end
  for _, task in ipairs(engine:task_list { labels = { [site.SITE] = p.stack } }) do
    if ALIVE[task.state] and not (task.node and gone[task.node]) then left[#left + 1] = task.id .. " " .. task.state end
  end
  return left
end

local function stop_editors(engine, p)
  local editors = site.editors(engine, p)
  rb.each(editors, { limit = 8, key = function(service) return service.name end }, function(service)
    rb.step("stop the editor", function() engine:service_remove(service.name) end)
  end)
  if rb.dry_run() then return #editors end
  -- A service is gone at once, its containers hold network and volume for some seconds more.
  rb.wait_until("no editor runs any more", {
    timeout = p.wait, every = "1s", evidence = function() return table.concat(still_running(engine, p), "\n") end,
  }, function() return #still_running(engine, p) == 0 end)
  return #editors
end

local function stop_stack(engine, p)
  local editors = site.editors(engine, p)
  if #editors > 0 and not rb.dry_run() then
    rb.fail("danake.editors_running", ("%d editors are running on the networks of '%s'"):format(#editors, p.stack),
      { hint = "stop them first (--scope editors), or all of it (--scope all)" })
  end
  return stack.remove(engine, p.stack, { timeout = p.wait })
end

-- Names of all that is left with the labels; volumes stay on purpose, and so do the swarm's secrets and configs.
local function leftovers(engine, p, scope)
  local left = {}
  for _, service in ipairs(site.editors(engine, p)) do left[#left + 1] = "service " .. service.name end
  if scope == "editors" then return left end
  for _, service in ipairs(site.stack_services(engine, p)) do left[#left + 1] = "service " .. service.name end
  for _, network in ipairs(engine:network_list { labels = { [site.STACK] = p.stack } }) do left[#left + 1] = "network " .. network.name end
  return left
end

return rb.runbook {
  summary = "Stop the editors, or the stack, or all of it in the right order; what students wrote stays",
  doc = "README.md#stop",
  params = site.params("wait", {
    scope = rb.param.enum { "editors", "stack", "all", default = "editors", help = "what is stopped" },
  }),
  permissions = {
    docker = { ["{engine}"] = {
      "service.remove:editor-*", "service.remove:{stack}_*", "service.list", "task.list", "node.list", "swarm.get", "info",
        "network.list", "network.get:{stack}_*",
      "network.remove:{stack}_*", "network.find:{stack}_*", "secret.list", "config.list", "secret.remove:{stack}_*",
        "config.remove:{stack}_*",
    } },
  },
  lock = "danake/{stack}",

  run = function(p)
    local engine <close> = site.connect(p)
    local editors, removed = 0, nil
    if p.scope ~= "stack" then editors = stop_editors(engine, p) end
    if p.scope ~= "editors" then removed = stop_stack(engine, p) end
    if rb.dry_run() then return end
    local left = leftovers(engine, p, p.scope)
    if #left > 0 then rb.fail("danake.left", "these are still there: " .. table.concat(left, ", ")) end
    print(("stopped %d editors"):format(editors))
    if removed then print(removed.found and ("removed the stack '%s'"):format(p.stack) or ("there was no stack '%s'"):format(p.stack)) end
  end,
}

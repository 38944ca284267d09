#!/usr/bin/env runbook
-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local site = require "site"

local KEPT = { "router_logs", "auth_pictures", "portainer" } -- volumes of the stack

local function refuse_running(engine, p)
  local running = {}
  for _, list in ipairs { site.stack_services(engine, p), site.editors(engine, p) } do
    for _, service in ipairs(list) do running[#running + 1] = service.name end
  end
  if #running > 0 then
    rb.fail("danake.live", "these are still there: " .. table.concat(running, ", "), { hint = "runbook stop.lua --scope all" })
  end
end

-- Every node's engine, each of which has answered: what cannot be reached cannot be emptied.
local function engines(engine, p)
  local out = {}
  for _, node in ipairs(engine:node_list()) do
    local its_engine, target = site.engine_of(engine, p, node.name)
    local _, err = rb.try(its_engine.info, its_engine)
    if err then
      rb.fail("danake.unreachable", ("the engine of node '%s' (%s) cannot be reached: %s"):format(node.name, target, err.message),
        { hint = "nothing was removed; the inventory says how nodes are reached (--nodes)" })
    end
    out[#out + 1] = { node = node.name, engine = its_engine }
  end
  return out
end

local function doomed(engine, p)
  local names, ours = {}, {}
  for _, key in ipairs(KEPT) do ours[p.stack .. "_" .. key] = true end
  for _, volume in ipairs(engine:volume_list()) do
    local editors = volume.labels[site.SITE] == p.stack and volume.name:find "^editor%-.+%-volume$"
    if editors or (ours[volume.name] and volume.labels[site.STACK] == p.stack) then names[#names + 1] = volume.name end
  end
  table.sort(names)
  return names
end

return rb.runbook {
  summary = "Remove what students wrote, their pictures and all logs, on every node. There is no way back",
  doc = "README.md#nuke",
  params = site.params("nodes wait", {
    erase = rb.param.string { help = "name of the stack, once more" },
  }),
  permissions = {
    docker = site.engines({ "service.list", "node.list", "info", "volume.list", "volume.remove:editor-*", "volume.remove:{stack}_*" },
      { "info", "volume.list", "volume.remove:editor-*", "volume.remove:{stack}_*" }),
    read = { "{nodes}" },
  },
  lock = "danake/{stack}",

  run = function(p)
    if p.erase ~= p.stack then
      rb.fail("danake.not_confirmed", ("--erase says '%s', the stack is '%s'"):format(p.erase, p.stack))
    end
    local engine <close> = site.connect(p)
    refuse_running(engine, p)
    local total = 0
    local all = engines(engine, p)
    for _, one in ipairs(all) do
      for _, name in ipairs(doomed(one.engine, p)) do
        rb.step(("remove %s on %s"):format(name, one.node), { idempotent = true }, function()
          -- For some seconds an ended container holds its volume.
          rb.retry({ attempts = 20, delay = "1s", max_delay = "1s", when = function(err) return err.code == "docker.conflict" end },
            function() one.engine:volume_remove(name) end)
        end)
        total = total + 1
      end
    end
    if rb.dry_run() then return end
    for _, one in ipairs(all) do
      local left = doomed(one.engine, p)
      if #left > 0 then rb.fail("danake.left", ("on %s there are still: %s"):format(one.node, table.concat(left, ", "))) end
    end
    print(("removed %d volumes of %d nodes"):format(total, #all))
  end,
}

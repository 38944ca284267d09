#!/usr/bin/env runbook
-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local http = require "http"
local machine = require "machine"
local cookies = require "cookies"
local editing = require "editing"
local objects = require "objects"
local placement = require "placement"
local site = require "site"

local function require_network(engine, p)
  if not engine:network_find(site.network(p)) then
    rb.fail("danake.no_network", ("there is no network '%s'"):format(site.network(p)), { hint = "runbook deploy.lua makes it" })
  end
end

-- What is there and what is wanted; nothing is changed.
local function survey(engine, p)
  local students = objects.students(p)
  site.require_stack(engine, p)
  require_network(engine, p)
  local existing, wanted, surplus = {}, {}, {}
  for _, student in ipairs(students) do wanted[student.uid] = true end
  for _, service in ipairs(site.editors(engine, p)) do
    local uid = site.uid_of(service)
    existing[uid] = service.labels[site.HOST]
    if not wanted[uid] then surplus[#surplus + 1] = uid end
  end
  local plan = placement.plan(students, existing, placement.eligible(engine:node_list(), { workers_only = p.workers_only }))
  plan.surplus, plan.students = surplus, #students
  return plan
end

local function start(engine, p, plan, batch)
  rb.each(batch, { limit = p.at_once }, function(uid)
    rb.step("start the editor", { undo = rb.revert, doc = "README.md#editors" }, function()
      engine:service_ensure { name = editing.name(uid), spec = editing.spec(p, uid, plan.node[uid]) }
    end)
  end)
  local names = {}
  for index, uid in ipairs(batch) do names[index] = editing.name(uid) end
  engine:service_wait(names, { timeout = p.wait, monitor = p.settle })
end

-- As the student's browser would.
local function prove(p, uids)
  local of = cookies.read(machine.here(), p.confs .. "/cookie2uid.map")
  rb.each(uids, { limit = 10 }, function(uid)
    if not of[uid] then rb.fail("danake.no_cookie", ("'%s' has no cookie"):format(uid),
      { hint = "runbook config.lua gives every student one" }) end
    rb.wait_until(("the editor of '%s' answers through the router"):format(uid), { timeout = p.wait, every = "1s" }, function()
      local options = site.http_options(p, { headers = { Cookie = cookies.header(of[uid]) }, timeout = "10s" })
      return http.fetch(site.url(p, "/cs/"), options).status == 200
    end)
  end)
end

return rb.runbook {
  summary = "Start an editor for each student who has none, spread over the nodes",
  doc = "README.md#editors",
  params = site.params("confs normalize host https_port without_tls release registry endpoint_mode settle wait", {
    batch = rb.param.int { default = 20, min = 1, help = "how many are started before they are waited for" },
    at_once = rb.param.int { default = 8, min = 1, help = "how many are started at once" },
    workers_only = rb.param.bool { default = false, help = "no new editors on managers" },
    prove = rb.param.bool { default = true, help = "look at each new editor through the router" },
  }),
  permissions = {
    docker = { ["{engine}"] = { "service.*:editor-*", "service.list", "service.wait", "node.list", "network.find:{stack}_*",
      "task.list", "info" } },
    read = { "{confs}" },
    net = { "https://{host}", "https://{host}:*", "http://{host}:*", "http://{host}" },
  },
  lock = "danake/{stack}",

  run = function(p)
    local engine <close> = site.connect(p)
    local plan = rb.step("see who has an editor", { doc = "README.md#editors", idempotent = true }, function() return survey(engine, p) end)
    for _, uid in ipairs(plan.stranded) do
      print(("the editor of '%s' stays on '%s', which takes no editors now: the student's files are there"):format(uid, plan.node[uid]))
    end
    for _, uid in ipairs(plan.surplus) do print(("'%s' has an editor and is not in the list; it stays"):format(uid)) end
    for index, batch in ipairs(placement.batches(plan.new, p.batch)) do
      rb.step("start editors", { key = tostring(index) }, function() start(engine, p, plan, batch) end)
    end
    if p.prove and not rb.dry_run() then
      rb.step("see the new editors through the router", { idempotent = true }, function() prove(p, plan.new) end)
    end
    if not rb.dry_run() then print(("%d students, %d new editors"):format(plan.students, #plan.new)) end
  end,
}

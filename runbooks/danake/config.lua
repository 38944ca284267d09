#!/usr/bin/env runbook
-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local machine = require "machine"
local cookies = require "cookies"
local deployment = require "deployment"
local objects = require "objects"
local site = require "site"

local function create(engine, p, students)
  local here, path = machine.here(), p.confs .. "/cookie2uid.map"
  local content, missing = cookies.complete(here, path, students)
  local added = rb.step("give every student a cookie", { undo = rb.revert, doc = "README.md#cookies", idempotent = true }, function()
    here:file_ensure { path = path, content = content, mode = "0600" }
    return missing
  end)
  for _, object in ipairs(objects.LIST) do
    rb.step(("give the swarm %s %s"):format(object.kind, object.key), { undo = rb.revert, doc = "README.md#config" }, function()
      -- A dry run has not written the cookies.
      return objects.ensure(engine, p, object, object.key == "cookie2uid" and content or nil)
    end)
  end
  if not rb.dry_run() then print(("%d students, %s of them with a new cookie; %d objects"):format(#students, added, #objects.LIST)) end
end

local function refuse_live(engine, p)
  local live = {}
  for _, list in ipairs { site.stack_services(engine, p), site.editors(engine, p) } do
    for _, service in ipairs(list) do live[#live + 1] = service.name end
  end
  if #live > 0 then
    rb.fail("danake.live", ("'%s' is running, and uses its configuration: %s"):format(p.stack, table.concat(live, ", ")),
      { hint = "stop it first: runbook stop.lua --scope all; or give it new files: runbook config.lua --action rotate",
        context = { services = table.concat(live, "\n") } })
  end
end

local function remove(engine, p)
  refuse_live(engine, p)
  for _, one in ipairs(objects.present(engine, p)) do
    rb.step(("remove the %s %s"):format(one.kind, one.name), function() engine[one.kind .. "_remove"](engine, one.name) end)
  end
  if not rb.dry_run() then print(("removed; %s/cookie2uid.map stays: it is the only copy of the students' cookies"):format(p.confs)) end
end

-- New versions beside the old ones, the services changed over to them, and only then the old ones gone; the last one stays for
-- a rollback.
local function rotate(engine, p, students)
  create(engine, p, students)
  local services = site.stack_services(engine, p)
  if #services > 0 then deployment.deploy(engine, p) end
  rb.step("remove versions that nothing uses, but for the last", function()
    for _, object in ipairs(objects.LIST) do
      local prune = engine[object.kind .. "_versions_prune"]
      prune(engine, { name = objects.name(p, object) })
    end
  end)
end

return rb.runbook {
  summary = "Check the configuration, and give it to the swarm: certificates, settings, students and their cookies",
  doc = "README.md#config",
  params = site.params(deployment.OF_SITE, deployment.params {
    action = rb.param.enum { "create", "rotate", "remove", default = "create",
      help = "make what is missing; also change running services over; remove all" },
    valid_days = rb.param.int { default = 7, min = 0, help = "days that the certificate must last" },
    certificate_host = rb.param.string { default = "", help = "name that the certificate must be for; nothing: any" },
    release = rb.param.string { default = "", help = "release of the images that run, for rotate" },
  }),
  permissions = deployment.permissions {
    read = { "{confs}" },
    write = { "{confs}/cookie2uid.map" },
    run = { "openssl" },
    docker = { "config.*:{stack}_*", "secret.*:{stack}_*", "config.list", "secret.list", "service.list" },
  },
  lock = "danake/{stack}",

  run = function(p)
    local engine <close> = site.connect(p)
    if p.action == "remove" then return remove(engine, p) end
    if p.action == "rotate" and p.release == "" then
      rb.fail("argument.invalid", "--release is needed: rotate deploys the services again")
    end
    local students = rb.step("look at the configuration", { doc = "README.md#config" }, function() return objects.validate(p) end)
    if p.action == "rotate" then rotate(engine, p, students) else create(engine, p, students) end
  end,
}

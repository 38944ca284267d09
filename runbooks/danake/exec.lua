#!/usr/bin/env runbook
-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local editing = require "editing"
local objects = require "objects"
local roster = require "roster"
local site = require "site"

return rb.runbook {
  summary = "Run a program in a student's editor",
  doc = "README.md#exec",
  params = site.params("confs normalize nodes", {
    uid = rb.param.string { help = "number of the student" },
    command = rb.param.list { of = "string", min = 1, help = "program and arguments" },
  }),
  permissions = {
    docker = site.engines({ "task.list:editor-*", "info", "container.exec:*" }, { "container.exec:*", "info" }),
    read = { "{confs}", "{nodes}" },
  },

  run = function(p)
    local engine <close> = site.connect(p)
    local student = roster.find(objects.students(p), p.uid)
    local task = site.only_task(engine, editing.name(student.uid))
    local its_engine = site.engine_of(engine, p, task.node)
    local said = rb.step("run it", function()
      local result = its_engine:container_exec(task.container_id, p.command, { check = false })
      return { code = result.exit_code, stdout = result.stdout, stderr = result.stderr }
    end)
    if rb.dry_run() then return end
    if said.stdout ~= "" then print((said.stdout:gsub("\n$", ""))) end
    if said.code ~= 0 then
      rb.fail("danake.exec", ("it ended with %d: %s"):format(said.code, said.stderr), { context = { exit_code = said.code } })
    end
  end,
}

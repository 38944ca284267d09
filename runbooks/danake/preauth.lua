#!/usr/bin/env runbook
-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local objects = require "objects"
local pictures = require "pictures"
local roster = require "roster"
local site = require "site"

local function chosen(p)
  local students = objects.students(p)
  if p.uid ~= "" then return { roster.find(students, p.uid) } end
  if p.all then return students end
  rb.fail("danake.nobody", "nobody is named", { hint = "--uid NUMBER for one student, --all for everyone in the list" })
end

return rb.runbook {
  summary = "Let students in without a picture, or take that back",
  doc = "README.md#preauth",
  params = site.params("confs normalize nodes", {
    action = rb.param.enum { "list", "add", "remove", default = "list", help = "what is done" },
    uid = rb.param.string { default = "", help = "number of the student" },
    all = rb.param.bool { default = false, help = "everyone in the list" },
  }),
  permissions = {
    docker = site.engines({ "task.list:{stack}_auth", "info", "container.exec:*" }, { "container.exec:*", "info" }),
    read = { "{confs}", "{nodes}" },
  },
  lock = "danake/{stack}",

  run = function(p)
    local engine <close> = site.connect(p)
    local students = p.action ~= "list" and chosen(p)
    local inside = pictures.inside(engine, p)
    if p.action == "list" then
      local uids = pictures.preauthorised(inside)
      for _, uid in ipairs(uids) do print(uid) end
      return print(("%d students are let in without a picture"):format(#uids))
    end
    for _, student in ipairs(students) do
      rb.step(p.action .. " " .. student.uid, { undo = rb.revert, idempotent = true }, function()
        local path = pictures.preauth_path(student.uid)
        if p.action == "add" then
          inside:file_ensure { path = path, content = "", mode = "0644" }
        elseif inside:find(path) then
          inside:remove(path)
        end
      end)
    end
    if not rb.dry_run() then print(("%d students are let in without a picture"):format(#pictures.preauthorised(inside))) end
  end,
}

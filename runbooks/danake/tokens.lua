#!/usr/bin/env runbook
-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local crypto = require "crypto"
local http = require "http"
local machine = require "machine"
local objects = require "objects"
local roster = require "roster"
local site = require "site"

-- What the service answers: a line "NUMBER<tab>TOKEN" for each student.
local function parse(body)
  local of, count = {}, 0
  for line in body:gmatch "[^\n]+" do
    local uid, token = line:match "^([^\t]+)\t([^\t]+)$"
    if not uid then rb.fail("danake.tokens", "the answer of the auth service is no list of tokens") end
    of[uid], count = token, count + 1
  end
  return of, count
end

return rb.runbook {
  summary = "Fetch the students' tokens from the auth service, into a file that only you may read",
  doc = "README.md#tokens",
  params = site.params("confs normalize host https_port without_tls", {
    to = rb.param.path { help = "file for the tokens" },
    uid = rb.param.string { default = "", help = "number of one student; nothing: all" },
  }),
  secrets = { DANAKE_SECRET_KEY = "SECRET_KEY of auth-config.py, by which the auth service knows its operators" },
  permissions = {
    read = { "{confs}" }, write = { "{to}" },
    net = { "https://{host}", "https://{host}:*", "http://{host}:*", "http://{host}" },
  },

  run = function(p)
    local students = objects.students(p)
    if p.uid ~= "" then students = { roster.find(students, p.uid) } end
    local answer = http.get(site.url(p, "/da/tokens"), site.http_options(p,
      { headers = { ["X-DANAKE-AUTH"] = rb.secret "DANAKE_SECRET_KEY" } }))
    local of, count = parse(answer.body)
    local lines, without = {}, {}
    for _, student in ipairs(students) do
      if of[student.uid] then
        lines[#lines + 1] = student.uid .. "\t" .. of[student.uid] .. "\n"
      else
        without[#without + 1] = student.uid
      end
    end
    if #without > 0 then
      rb.fail("danake.tokens", ("the auth service has no token for: %s"):format(table.concat(without, ", ")),
        { hint = "it was started with another list: runbook config.lua --action rotate" })
    end
    rb.step("write the tokens", { undo = rb.revert, idempotent = true }, function()
      -- With nothing of a secret in it the text is one, and is not shown as a difference.
      local content = string.format("%.0s%s", crypto.random_secret(1), table.concat(lines))
      machine.here():file_ensure { path = p.to, content = content, mode = "0600" }
    end)
    if not rb.dry_run() then print(("%d of %d tokens in %s"):format(#lines, count, p.to)) end
  end,
}

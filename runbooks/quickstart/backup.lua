#!/usr/bin/env runbook
-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local db = require "db"
local service = require "service"

return rb.runbook {
  summary = "Back up the quickstart's data, and prove that the copy is whole",
  doc = "README.md#backup",
  params = service.params {
    to = rb.param.path { default = "state/visits.backup.db", help = "file to write" },
  },
  permissions = {
    read = { "{dir}" },
    write = { "{to}" },
    db = { "sqlite:{dir}/data/visits.db", "sqlite:{to}" },
  },
  lock = "quickstart/{name}",

  run = function(p)
    local copy = rb.step("copy the database", { idempotent = true }, function()
      return db.sqlite(p.dir .. "/data/visits.db"):backup(p.to)
    end)
    rb.step("read the copy", { idempotent = true }, function()
      local rows = db.sqlite(p.to):query("select count(*) as tables from sqlite_master")
      if not rb.is_unknown(rows) and rows[1].tables == 0 then
        rb.fail("backup.empty", "the copy has no tables")
      end
    end)
    if not rb.is_unknown(copy) then print(("%s: %d bytes, sha256 %s"):format(copy.path, copy.bytes, copy.sha256)) end
  end,
}

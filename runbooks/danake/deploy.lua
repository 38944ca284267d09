#!/usr/bin/env runbook
-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local deployment = require "deployment"
local site = require "site"

return rb.runbook {
  summary = "Deploy the stack: router, auth, mail, the monitor and its agents",
  doc = "README.md#deploy",
  params = site.params(deployment.OF_SITE .. " release", deployment.params()),
  permissions = deployment.permissions {},
  lock = "danake/{stack}",
  on_failure = "undo",

  run = function(p)
    local engine <close> = site.connect(p)
    local done = deployment.deploy(engine, p)
    if rb.dry_run() then return end
    print(("%s: %d services new, %d changed, %d as they were; %s"):format(p.stack, #done.created, #done.updated, #done.unchanged,
      site.url(p, "/da/")))
  end,
}

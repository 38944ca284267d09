#!/usr/bin/env runbook
-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local bluegreen = require "bluegreen"
local service = require "service"

return rb.runbook {
  summary = "Deploy the quickstart service: start the new colour, prove it, switch to it",
  doc = "README.md",
  params = service.params {
    release = rb.param.string { default = "v1", pattern = "^[%w][%w._-]*$", help = "release to deploy" },
    broken = rb.param.bool { default = false, help = "deploy a release that never becomes healthy" },
    wait = rb.param.duration { default = "30s", help = "how long it may take to turn healthy" },
  },
  permissions = service.permissions,
  lock = "quickstart/{name}",
  on_failure = "undo",

  run = function(p)
    local twins = service.connect(p)
    local colour = bluegreen.deploy(twins, { doc = "README.md" })
    if rb.dry_run() then return end
    print(("%s %s serves as %s at http://127.0.0.1:%d/"):format(
      p.name, p.release, colour, p.port))
  end,
}

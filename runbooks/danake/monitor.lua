#!/usr/bin/env runbook
-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local http = require "http"
local site = require "site"

return rb.runbook {
  summary = "Say where the monitor is, when it answers",
  doc = "README.md#monitor",
  params = site.params("confs host without_tls", {
    monitor_port = rb.param.int { default = 9443, min = 1, max = 65535, help = "port of the monitor" },
    wait = rb.param.duration { default = "30s", help = "how long it may take to answer" },
  }),
  permissions = { net = { "https://{host}:{monitor_port}", "http://{host}:{monitor_port}" }, read = { "{confs}" } },

  run = function(p)
    local url = ("%s://%s:%d/"):format(p.without_tls and "http" or "https", p.host, p.monitor_port)
    rb.wait_until(url .. " answers", { timeout = p.wait, every = "1s" }, function()
      return http.fetch(url, site.http_options(p, { timeout = "5s" })).status < 500
    end)
    print(url)
    print "the first who comes sets its password: do so now"
  end,
}

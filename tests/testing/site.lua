-- SPDX-License-Identifier: Apache-2.0
-- A runbook with one of everything, for simulate_spec.lua.
local rb = require "runbook"
local http = require "http"
local machine = require "machine"

return rb.runbook {
  summary = "Put a page in place and reload the server",
  params = { name = rb.param.string { default = "index" } },
  secrets = { "TOKEN" },
  permissions = {
    read = { "/srv" },
    write = { "/srv" },
    run = { "/usr/bin/reload" },
    net = { "http://127.0.0.1:*", "https://hooks.example.org" },
    secret = { "TOKEN" },
  },
  lock = "site",
  run = function(p)
    local here = machine.here()
    rb.step("write the page", { undo = rb.revert }, function()
      here:file_ensure { path = "/srv/www/" .. p.name, content = "hello\n", mode = "0640", owner = "www" }
    end)
    rb.step("reload", { idempotent = true }, function() print(here:run({ "reload", "web" }).stdout) end)
    rb.sleep("5m")
    rb.step("look at it", function() print(http.get("http://127.0.0.1:8080/a?b=c%20d").body) end)
    rb.step("tell", { idempotent = true }, function()
      http.post("https://hooks.example.org/done", { bearer = rb.secret "TOKEN", json = { page = p.name } })
    end)
  end,
}

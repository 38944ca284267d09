-- SPDX-License-Identifier: Apache-2.0
-- A runbook for fleet_spec.lua: hosts that end in every way, named by what they are to do.
local rb = require "runbook"
local inventory = require "inventory"
local machine = require "machine"
local rollout = require "rollout"

local here = machine.here()

local WAYS = {
  writes = function(host) here:file_ensure { path = "/srv/" .. host.name, content = "new" } end,
  fails = function(host) rb.fail(host.vars.code, host.name .. " says so", { hint = "mend " .. host.name }) end,
  guesses = function() return here:run({ "date" }).stdout .. "!" end,
}

return rb.runbook {
  summary = "Let hosts end in every way",
  params = { hosts = rb.param.json {}, options = rb.param.json { default = {} }, after = rb.param.string { default = "" } },
  permissions = { write = { "/srv" }, run = { "date" } },
  run = function(p)
    local options = { title = "ways", limit = 1 }
    for key, value in pairs(p.options) do options[key] = value end
    if options.between == "wait" then
      options.between = function() rb.sleep "1h" end
    elseif options.between == "look" then
      options.between = function()
        here:file_ensure { path = "/srv/between", content = "" }
        if not here:find "/srv/state" then rb.fail("site.down", "it does not answer") end
      end
    elseif options.between == "guess" then
      options.between = WAYS.guesses
    end
    local site = inventory.load { hosts = p.hosts }
    rollout.run(site:list(), options, function(host) return WAYS[host.vars.way or "writes"](host) end)
    if p.after ~= "" then site:list(p.after) end
  end,
}

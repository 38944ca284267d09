-- SPDX-License-Identifier: Apache-2.0
-- A runbook for steps_spec.lua: `case` says which part of it runs.
local rb = require "runbook"
local machine = require "machine"

local cases = {}
local here = machine.here()

function cases.person()
  rb.step("ask", function()
    rb.manual { "Set the password in the console", verify = function() return here:find "/srv/password-is-set" ~= nil end }
  end)
end

function cases.check()
  local port = rb.step("choose", { check = function() return here:find "/srv/chosen" ~= nil end }, function()
    here:file_ensure { path = "/srv/chosen", content = "8080" }
    return 8080
  end)
  rb.step("use", function()
    if here:find "/srv/broken" then rb.fail("use.broken", "it is broken") end
    print(port)
  end)
end

function cases.twice()
  rb.step("same", function() end)
  rb.step("same", function() end)
end

function cases.each()
  rb.each({ "a", "b" }, { key = function(name) return name end }, function(name)
    rb.step("make", { undo = rb.revert }, function() here:file_ensure { path = "/srv/" .. name, content = name } end)
  end)
end

function cases.slow()
  rb.step("sleep", { timeout = "1m" }, function() rb.sleep "1h" end)
end

function cases.try()
  local value, err = rb.try(function() rb.fail("x.no", "no") end)
  print(value, err.code, err.message)
end

return rb.runbook {
  summary = "Steps",
  params = { case = rb.param.string {} },
  permissions = { read = { "/srv" }, write = { "/srv" } },
  run = function(p) cases[p.case]() end,
}

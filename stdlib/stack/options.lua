-- SPDX-License-Identifier: Apache-2.0
-- Options of what is done with stacks.
local core = ...
local rb = require "runbook"

local CHOICES = { resolve_image = { "always", "changed", "never" }, local_volumes = { "warn", "refuse", "allow" } }

return function(what, options, known)
  options = options or {}
  if type(options) ~= "table" then
    rb.fail("argument.invalid", ("%s: expected a table of options, got %s"):format(what, core.typename(options)))
  end
  for key, value in pairs(options) do
    local found = false
    for _, name in ipairs(known) do found = found or name == key end
    if not found then
      rb.fail("argument.invalid", ("%s: there is no option '%s'%s"):format(what, tostring(key), core.did_you_mean(tostring(key), known)))
    end
    local choices = CHOICES[key]
    for _, choice in ipairs(choices or {}) do
      if choice == value then choices = nil end
    end
    if choices then
      rb.fail("argument.invalid", ("%s: '%s' must be one of %s, got %s"):format(what, key, table.concat(choices, ", "), tostring(value)))
    end
  end
  return options
end

-- SPDX-License-Identifier: Apache-2.0
-- Two twins of a service behind one front: the new one starts beside the old one, is proven, and is switched to; the old
-- one serves until then. A second deployment of the same release changes nothing.
local rb = require "runbook"

local bluegreen = {}

local wanted = { "serving", "prepare", "current", "start", "wait", "front", "switch", "prove", "retire", "remove" }

-- The service is a table of functions:
--   prepare()          what both twins need: image, network, volume
--   serving()          the colour that the front points at, or nil
--   current(colour)    whether that colour already runs the wanted release
--   start(colour)      starts it beside the other
--   wait(colour)       returns when it is healthy, raises when it does not become so
--   front()            the front itself
--   switch(colour)     points the front at it
--   prove(colour)      observes through the front that it serves
--   retire(colour)     stops the twin that no longer serves
--   remove(colour)     takes away a twin that failed
-- Gives the colour that serves, and whether it is a new one.
function bluegreen.deploy(service, options)
  options = options or {}
  for _, name in ipairs(wanted) do
    if type(service[name]) ~= "function" then
      rb.fail("argument.invalid", "bluegreen.deploy: the service has no function '" .. name .. "'")
    end
  end
  local colours = options.colours or { "blue", "green" }

  rb.step("prepare", { undo = rb.revert, doc = options.doc and options.doc .. "#prepare" }, function() service.prepare() end)
  local choice = rb.step("choose the colour", function()
    local serving = service.serving()
    if serving and service.current(serving) then return { new = serving } end
    return { new = serving == colours[1] and colours[2] or colours[1], old = serving }
  end)
  local colour, old = choice.new, choice.old

  rb.step("start " .. colour, {
    undo = function()
      if service.serving() ~= colour then service.remove(colour) end
    end,
  }, function() service.start(colour) end)
  rb.step("wait until " .. colour .. " is healthy", { idempotent = true }, function() service.wait(colour) end)
  rb.step("put the front in place", { undo = rb.revert }, function() service.front() end)
  rb.step("switch to " .. colour, { undo = rb.revert }, function() service.switch(colour) end)
  rb.step("prove " .. colour .. " through the front", {
    idempotent = true,
    -- On the way back the old one has been started again by now; the front turns to it only when it is healthy.
    undo = function()
      if old then service.wait(old) end
    end,
  }, function() service.prove(colour) end)
  if old then
    rb.step("retire " .. old, { undo = rb.revert }, function() service.retire(old) end)
  end
  return colour, old ~= nil
end

return bluegreen

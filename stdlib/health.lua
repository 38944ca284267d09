-- SPDX-License-Identifier: Apache-2.0
-- Waiting for health: of a web service, as a client sees it.
local rb = require "runbook"
local http = require "http"

local health = {}

-- health.http { url =, status = 200, timeout = "1m", every = 0.5, match = function(response) ... end, evidence = function() ... end }
-- Waits until the URL answers with the status, and `match` is content with the answer. Gives the answer.
function health.http(options)
  if type(options) ~= "table" or type(options.url) ~= "string" then
    rb.fail("argument.invalid", "health.http: 'url' is missing, expected a string")
  end
  for key in pairs(options) do
    if not ({ url = 1, status = 1, timeout = 1, every = 1, match = 1, evidence = 1 })[key] then
      rb.fail("argument.invalid", "health.http: unknown option '" .. tostring(key) .. "'")
    end
  end
  local status = options.status or 200
  local waiting = { timeout = options.timeout, every = options.every, evidence = options.evidence }
  return rb.wait_until(options.url .. " answers with " .. status, waiting, function()
    local response = http.get(options.url, { expect = status, retries = 0, redirects = 0, timeout = 5 })
    if options.match and not options.match(response) then
      rb.fail("health.mismatch", options.url .. " answers, but not as expected")
    end
    return response
  end)
end

return health

-- SPDX-License-Identifier: Apache-2.0
-- Waiting for health: of a web service or whoever listens, as a client sees it; of containers and services, as their engine sees them.
local core = ...
local rb = require "runbook"
local http = require "http"
local net = require "net"

local health = {}

local function check(what, options, required, others)
  if type(options) ~= "table" then rb.fail("argument.invalid", what .. ": expected a table of options") end
  local known = {}
  for name, kind in pairs(required) do
    known[name] = true
    local good = options[name] ~= nil and (type(options[name]) == kind or kind == "engine")
    local article = kind == "engine" and "an" or "a"
    if not good then rb.fail("argument.invalid", ("%s: '%s' is missing, expected %s %s"):format(what, name, article, kind)) end
  end
  for _, name in ipairs(others) do known[name] = true end
  for key in pairs(options) do
    if not known[key] then rb.fail("argument.invalid", what .. ": unknown option '" .. tostring(key) .. "'") end
  end
end

-- health.http { url =, status = 200, timeout = "1m", every = 0.5, match = function(response) ... end, evidence = function() ... end }
-- Waits until the URL answers with the status, and `match` is content with the answer. Gives the answer.
function health.http(options)
  check("health.http", options, { url = "string" }, { "status", "timeout", "every", "match", "evidence" })
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

-- health.tcp { target = "tcp://db:5432", timeout = "1m", every = 0.5, evidence = function() ... end }
-- Waits until somebody takes connections there.
function health.tcp(options)
  check("health.tcp", options, { target = "string" }, { "timeout", "every", "evidence" })
  local waiting = { timeout = options.timeout, every = options.every, evidence = options.evidence }
  return rb.wait_until("somebody listens at " .. options.target, waiting, function()
    return net.probe(options.target, { timeout = 5 })
  end)
end

local function last_lines(engine, name)
  return function() return engine:container_logs(name, { tail = 20 }).output end
end

-- A container without a health check is well when it has run for a while without ending.
local function steady(options)
  local engine, name, first = options.engine, options.name, nil
  local wanted = core.duration("health.container", options.steady or 3)
  return rb.wait_until("the container '" .. name .. "' runs", {
    timeout = options.timeout, every = options.every, evidence = last_lines(engine, name),
  }, function()
    local seen = engine:container_get(name)
    if not seen.running then
      first = nil
      rb.fail("health.not_running", ("the container '%s' is %s"):format(name, seen.state))
    end
    if not first or first.restarts ~= seen.restarts or first.started ~= seen.started then
      first = { restarts = seen.restarts, started = seen.started, since = core.monotonic() }
    end
    return core.monotonic() - first.since >= wanted and seen
  end)
end

-- health.container { engine =, name =, timeout = "1m", steady = 3 }
-- Waits until its health check says that it is healthy, or it has run for `steady` seconds where it has none.
function health.container(options)
  check("health.container", options, { engine = "engine", name = "string" }, { "timeout", "every", "steady" })
  local seen = options.engine:container_get(options.name)
  if not rb.is_unknown(seen) and seen.health then
    return options.engine:container_wait_healthy(options.name, { timeout = options.timeout or 60 })
  end
  return steady(options)
end

-- health.service { engine =, name =, timeout = "1m", monitor = 5 }
-- Waits until as many tasks as are wanted run what the service describes now; `name` may be a list.
function health.service(options)
  local several = type(options) == "table" and type(options.name) == "table"
  check("health.service", options, { engine = "engine", name = several and "table" or "string" }, { "timeout", "monitor" })
  local names = several and options.name or { options.name }
  return options.engine:service_wait(names, { timeout = options.timeout or 60, monitor = options.monitor })
end

return health

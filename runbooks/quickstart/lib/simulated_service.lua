-- SPDX-License-Identifier: Apache-2.0
-- The quickstart's service, for specs: what quickstart-app does, as far as a runbook can see it. `network` is whatever
-- connects those who listen: it has listen(address, handler), which gives a function that ends it, and
-- call(address, request).
local rb = require "runbook"

local M = {}

local function option(argv, name)
  for i, word in ipairs(argv) do
    if word == name then return argv[i + 1] or true end
  end
  return nil
end

local function serve(argv)
  local who = { name = option(argv, "--name"), version = option(argv, "--version"), colour = option(argv, "--colour") }
  local broken = option(argv, "--broken")
  return function(request)
    if request.path == "/healthz" then
      if broken then return { status = 503, json = { status = "failing", reason = "cannot read its feature table" } } end
      return { json = { status = "ok" } }
    end
    return { json = who }
  end
end

-- `read` gives the content of a file as the program sees it.
local function front(argv, network, read)
  local file = option(argv, "--upstream-file")
  return function(request)
    local upstream = read(file)
    if not upstream then return { status = 503, body = "no upstream\n" } end
    return network.call(upstream:match("%S+"), request)
  end
end

-- What quickstart-app with these arguments answers.
function M.handler(argv, network, read)
  if option(argv, "front") then return front(argv, network, read) end
  return serve(argv)
end

-- What it says in its log when it starts.
function M.log(argv)
  if option(argv, "--broken") then return "not healthy: it cannot read its feature table (it was started with --broken)\n" end
  return "listening on " .. tostring(option(argv, "--listen")) .. "\n"
end

function M.listens_on(argv) return option(argv, "--listen") end

function M.is_broken(argv) return option(argv, "--broken") ~= nil end

-- Those who listen on one machine: "127.0.0.1:8080" -> handler.
function M.loopback()
  local listening = {}
  local network = {}
  function network.listen(address, handler)
    if listening[address] then rb.fail("machine.exit", "cannot listen on " .. address .. ": it is in use") end
    listening[address] = handler
    return function() listening[address] = nil end
  end
  function network.call(address, request)
    local handler = listening[address]
    if not handler then rb.fail("http.connect", "cannot connect to " .. address .. ": connection refused", { retryable = true }) end
    return handler(request)
  end
  return network
end

return M

-- SPDX-License-Identifier: Apache-2.0
-- Simulated web services: simulate { http = { ["https://api.example.org"] = function(request) ... end } }. A handler that
-- never returns (time is virtual: rb.sleep("1h")) is a server that never answers.
local sim, services = ...

local calls = {}

for address, handler in pairs(services) do
  if type(handler) ~= "function" then
    sim.fail("argument.invalid", "simulate: what answers at '" .. tostring(address) .. "' must be a function, got " .. type(handler))
  end
  sim.serve(address, function(request, emit)
    calls[#calls + 1] = { method = request.method, url = request.url, body = request.body }
    return handler(request, emit)
  end)
end

return {
  -- What was asked, in order: { method, url, body }.
  calls = calls,
  -- Adds a service, or takes one away: nobody listens there any more.
  serve = function(address, handler) sim.serve(address, handler) end,
}

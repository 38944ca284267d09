-- SPDX-License-Identifier: Apache-2.0
-- Simulated listeners: simulate { net = { ["tcp://db:5432"] = true, ["tcp://web:80"] = function() return is_up end } }.
local sim, listeners = ...

local function add(target, answer)
  if answer ~= nil and type(answer) ~= "boolean" and type(answer) ~= "function" then
    sim.fail("argument.invalid", ("simulate: whether somebody listens at '%s' must be a boolean or a function, got %s"):format(
      tostring(target), type(answer)))
  end
  sim.listen(target, answer)
end

for target, answer in pairs(listeners) do add(target, answer) end

return {
  -- Lets somebody listen there from now on, or nobody.
  listen = add,
}

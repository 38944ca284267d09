-- SPDX-License-Identifier: Apache-2.0
-- A swarm of one node for the specs beside this, on the engine of `subject`; it ends with each of them.
local rb = require "runbook"
local subject = require "subject"

local M = {}

local function until_so(check)
  for _ = 1, 300 do
    if check() then return true end
    rb.sleep "100ms"
  end
  error("it did not come to that")
end
M.until_so = until_so

function M.begin()
  local engine = subject.begin()
  local status, words = subject.request("POST", "/swarm/init", { ListenAddr = "127.0.0.1:2377", AdvertiseAddr = "127.0.0.1" })
  if status ~= 200 then error(words) end
  return engine
end

function M.finish()
  subject.request("POST", "/swarm/leave?force=true")
  subject.finish()
end

-- A service of the Engine API that runs a program of `subject`.
function M.spec(name, program, more)
  local spec = {
    Name = name,
    TaskTemplate = {
      ContainerSpec = { Image = "spec:1", Command = subject.programs[program].command, Privileges = {} }, Resources = {}, Placement = {},
    },
    EndpointSpec = { Mode = "dnsrr" }, Mode = { Replicated = { Replicas = 1 } },
  }
  if more then more(spec, spec.TaskTemplate, spec.TaskTemplate.ContainerSpec) end
  return { name = name, spec = spec }
end

-- The states of a service's tasks, by slot, once they are these.
function M.comes_to(engine, name, states)
  local seen
  until_so(function()
    seen = {}
    for _, task in ipairs(engine:task_list { service = name, desired_state = "running" }) do seen[#seen + 1] = task.state end
    return table.concat(seen, " ") == states
  end)
end

return M

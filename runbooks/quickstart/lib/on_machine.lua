-- SPDX-License-Identifier: Apache-2.0
-- The quickstart's service as processes of this machine, from release directories.
local rb = require "runbook"
local health = require "health"
local machine = require "machine"

return function(p)
  local here = machine.here()
  local upstream = p.dir .. "/front/upstream"
  local ports = { blue = p.port + 1, green = p.port + 2 }
  local twin = {}

  local function name_of(colour) return p.name .. "-" .. colour end

  -- A release is named by its version and by what it is: the same version with another program is another release.
  local function release()
    return p.dir .. "/releases/" .. p.release .. "-" .. here:checksum(p.build .. "/quickstart-app"):sub(1, 12)
  end

  local function process(colour)
    local argv = {
      release() .. "/quickstart-app", "serve", "--listen", "127.0.0.1:" .. ports[colour], "--data", p.dir .. "/data",
      "--name", p.name, "--version", p.release, "--colour", colour,
    }
    if p.broken then argv[#argv + 1] = "--broken" end
    return { name = name_of(colour), argv = argv, log = p.dir .. "/logs/" .. colour .. ".log" }
  end

  local function log_of(part)
    local text = here:read(p.dir .. "/logs/" .. part .. ".log")
    return text:sub(-2000)
  end

  function twin.prepare()
    for _, name in ipairs { "", "/front", "/data", "/logs", "/releases" } do
      here:directory_ensure { path = p.dir .. name }
    end
    here:directory_ensure { path = release() }
    local program = here:read(p.build .. "/quickstart-app")
    here:file_ensure { path = release() .. "/quickstart-app", content = program, mode = "0755" }
    -- The front has its own copy: it goes on running when the release changes.
    here:file_ensure { path = p.dir .. "/front/quickstart-app", content = program, mode = "0755" }
  end

  function twin.serving()
    local found = here:find(upstream)
    if rb.is_unknown(found) or found == nil then return nil end
    local port = tonumber(here:read(upstream):match(":(%d+)"))
    for colour, its_port in pairs(ports) do
      if its_port == port then return colour end
    end
    return nil
  end

  function twin.current(colour)
    local seen = here:process_verify(process(colour))
    return not rb.is_unknown(seen) and seen.state == "same"
  end

  function twin.start(colour) here:process_ensure(process(colour)) end

  function twin.wait(colour)
    health.http {
      url = "http://127.0.0.1:" .. ports[colour] .. "/healthz", timeout = p.wait, every = 0.1,
      evidence = function() return log_of(colour) end,
    }
  end

  function twin.front()
    here:process_ensure {
      name = name_of("front"), log = p.dir .. "/logs/front.log",
      argv = { p.dir .. "/front/quickstart-app", "front", "--listen", "127.0.0.1:" .. p.port, "--upstream-file", upstream },
    }
  end

  function twin.switch(colour)
    here:file_ensure { path = upstream, content = "127.0.0.1:" .. ports[colour] .. "\n", mode = "0644" }
    here:link_ensure { path = p.dir .. "/current", to = release() }
  end

  function twin.prove(colour)
    health.http {
      url = "http://127.0.0.1:" .. p.port .. "/", timeout = "15s", every = 0.1,
      match = function(answer) return answer.json.colour == colour and answer.json.version == p.release end,
      evidence = function() return log_of("front") end,
    }
  end

  function twin.retire(colour) here:process_stop(name_of(colour)) end

  -- With its log, as a container goes with its own: what it said last is in the error.
  function twin.remove(colour)
    twin.retire(colour)
    here:remove(p.dir .. "/logs/" .. colour .. ".log")
  end

  -- Takes away what deploy made, and nothing else.
  function twin.teardown()
    for _, part in ipairs { "front", "blue", "green" } do
      rb.step("stop " .. name_of(part), function() here:process_stop(name_of(part)) end)
    end
    rb.step("remove the releases", function()
      here:remove(p.dir .. "/current")
      here:remove(p.dir .. "/releases", { recursive = true })
      here:remove(p.dir .. "/logs", { recursive = true })
    end)
  end

  return twin
end

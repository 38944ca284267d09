-- SPDX-License-Identifier: Apache-2.0
-- The quickstart's service as containers of an engine on this computer.
local rb = require "runbook"
local docker = require "docker"
local health = require "health"
local machine = require "machine"

return function(p)
  local here = machine.here()
  local engine = docker.connect(p.engine)
  local upstream = p.dir .. "/front/upstream"
  local tag = p.name .. ":" .. (p.release or "front")
  local twin = {}

  local function name_of(colour) return p.name .. "-" .. colour end

  local function container(colour)
    local command = {
      "serve", "--listen", "0.0.0.0:8080", "--data", "/data", "--name", p.name, "--version", p.release, "--colour", colour,
    }
    if p.broken then command[#command + 1] = "--broken" end
    return {
      name = name_of(colour), image = tag, command = command, networks = { p.name }, volumes = { p.name .. "-data:/data" },
      restart = "unless-stopped", stop_timeout = 3, labels = { ["quickstart.name"] = p.name },
    }
  end

  function twin.prepare()
    here:directory_ensure { path = p.dir }
    here:directory_ensure { path = p.dir .. "/front" }
    here:directory_ensure { path = p.dir .. "/data" }
    engine:image_ensure { tag = tag, context = p.build }
    engine:image_ensure { tag = p.name .. ":front", context = p.build }
    engine:network_ensure(p.name)
    -- A volume that lies in a known directory, so that the backup finds the data.
    engine:volume_ensure(p.name .. "-data", { options = { type = "none", o = "bind", device = p.dir .. "/data" } })
  end

  function twin.serving()
    local found = here:find(upstream)
    if rb.is_unknown(found) or found == nil then return nil end
    return here:read(upstream):match("%-(%a+):8080")
  end

  function twin.current(colour)
    local seen = engine:container_verify(container(colour))
    return not rb.is_unknown(seen) and seen.equal and seen.running
  end

  function twin.start(colour) engine:container_ensure(container(colour)) end

  function twin.wait(colour) engine:container_wait_healthy(name_of(colour), { timeout = p.wait }) end

  function twin.front()
    engine:container_ensure {
      name = name_of("front"), image = p.name .. ":front", networks = { p.name },
      command = { "front", "--listen", "0.0.0.0:8080", "--upstream-file", "/front/upstream" },
      ports = { "127.0.0.1:" .. p.port .. ":8080" }, volumes = { p.dir .. "/front:/front:ro" },
      restart = "unless-stopped", stop_timeout = 3, labels = { ["quickstart.name"] = p.name },
    }
  end

  function twin.switch(colour)
    here:file_ensure { path = upstream, content = name_of(colour) .. ":8080\n", mode = "0644" }
  end

  function twin.prove(colour)
    health.http {
      url = "http://127.0.0.1:" .. p.port .. "/", timeout = "15s", every = 0.1,
      match = function(answer) return answer.json.colour == colour and answer.json.version == p.release end,
      evidence = function() return engine:container_logs(name_of("front"), { tail = 20 }).output end,
    }
  end

  function twin.retire(colour) engine:container_stop(name_of(colour)) end

  function twin.remove(colour) engine:container_remove(name_of(colour), { force = true }) end

  -- Takes away what deploy made, and nothing else.
  function twin.teardown(keep_data)
    for _, part in ipairs { "front", "blue", "green" } do
      rb.step("remove the container " .. name_of(part), function() twin.remove(part) end)
    end
    rb.step("remove the network", function() engine:network_remove(p.name) end)
    rb.step("remove the images", function()
      for _, image in ipairs(engine:image_list { reference = p.name }) do
        for _, its_tag in ipairs(image.tags) do engine:image_remove(its_tag) end
      end
    end)
    if not keep_data then
      rb.step("remove the volume", function() engine:volume_remove(p.name .. "-data") end)
    end
  end

  return twin
end

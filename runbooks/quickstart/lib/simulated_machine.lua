-- SPDX-License-Identifier: Apache-2.0
-- For specs: a machine on which the quickstart's program can be started, as a process or in a container, and whose ports
-- lead to it.
local machine = require "machine"
local service = require "simulated_service"

-- The program in a container: other containers are called by their names.
local function in_container(container)
  local network = {
    call = function(address, request)
      local host, port = address:match("^(.*):(%d+)$")
      local answer, why = container:call(host, tonumber(port), request)
      return answer or { status = 502, body = why .. "\n" }
    end,
  }
  local read = function(path) return container:read(path) end
  return {
    healthy_after = not service.is_broken(container.argv) and "1s",
    logs = service.log(container.argv),
    http = { [8080] = service.handler(container.argv, network, read) },
  }
end

-- `simulate` is the spec's; `more` are further options of it.
return function(simulate, more)
  local network = service.loopback()
  local options = {
    machine = {
      files = {
        ["/build/quickstart-app"] = { content = "the program", mode = "0755" },
        ["/build/Dockerfile"] = table.concat({
          "FROM scratch", "COPY quickstart-app /quickstart-app", 'HEALTHCHECK --interval=1s CMD ["/quickstart-app", "get"]',
          'ENTRYPOINT ["/quickstart-app"]', "",
        }, "\n"),
      },
      programs = {
        ["quickstart-app"] = function(argv)
          local arguments = table.move(argv, 2, #argv, 1, {})
          local here = machine.here()
          local read = function(path) return here:find(path) and here:read(path) end
          local stop = network.listen(service.listens_on(arguments), service.handler(arguments, network, read))
          return { stdout = service.log(arguments), stop = stop }
        end,
      },
    },
    docker = { run = { ["quickstart:*"] = in_container } },
    http = {
      ["http://127.0.0.1:*"] = function(request) return network.call(request.address:match("//(.*)$"), request) end,
    },
  }
  for key, value in pairs(more or {}) do options[key] = value end
  return simulate(options)
end

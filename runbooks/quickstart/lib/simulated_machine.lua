-- SPDX-License-Identifier: Apache-2.0
-- For specs: a machine on which the quickstart's program can be started, and whose ports lead to it.
local machine = require "machine"
local service = require "simulated_service"

-- `simulate` is the spec's; `more` are further options of it.
return function(simulate, more)
  local network = service.loopback()
  local options = {
    machine = {
      files = { ["/build/quickstart-app"] = { content = "the program, v1", mode = "0755" }, ["/build/Dockerfile"] = "FROM scratch\n" },
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
    http = {
      ["http://127.0.0.1:*"] = function(request) return network.call(request.address:match("//(.*)$"), request) end,
    },
  }
  for key, value in pairs(more or {}) do options[key] = value end
  return simulate(options)
end

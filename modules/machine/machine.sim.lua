-- SPDX-License-Identifier: Apache-2.0
-- A simulated machine:
--   simulate { machine = {
--     files = { ["/etc/motd"] = "hello\n", ["/srv/app"] = { directory = true }, ["/a"] = { content = "x", mode = "0600" } },
--     users = { deploy = 1000 }, groups = { www = 33 },               -- with getent, id, useradd, userdel, groupadd, groupdel
--     packages = { nginx = "1.22.1-9" }, repository = { redis = "7" }, -- with dpkg-query and apt-get
--     programs = { systemctl = function(argv, call) return { stdout = "active\n" } end },
--   } }
-- Files are files: every verb works on them. A program is a function by its name or its whole path, called with argv and
-- { env, cwd, stdin, emit }; what it gives is { code, signal, stdout, stderr }, a string is its output. A program that is
-- started as a process by machine:process_start may give a table of functions instead: { stop = fn }.
local sim, options = ...
local machine = require "machine"

local here = machine.here()

local OPTIONS = { files = true, users = true, groups = true, packages = true, repository = true, programs = true }
for key in pairs(options) do
  if not OPTIONS[key] then
    sim.fail("argument.invalid", "simulate: machine has no option '" .. tostring(key) .. "'",
      { hint = "it has files, users, groups, packages, repository and programs" })
  end
end

local host = sim.part("machine", "host", options, here, function(what) return "give simulate { machine = { " .. what .. " } }" end)
local detached = sim.part("machine", "processes", here, host.find_program)

sim.on("program", host.run_program)

sim.on("process", detached.answer)

sim.state("files", sim.files)
if host.packages then sim.state("packages", function() return host.packages end) end
sim.state("processes", detached.state)

return {
  -- Every command line that was run, in order.
  calls = host.calls,
  processes = detached.processes,
  -- The versions of the installed packages, by name.
  packages = host.packages,
  program = host.add_program,
}

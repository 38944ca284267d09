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
local programs, processes, calls = {}, {}, {}
local next_pid = 1000

local OPTIONS = { files = true, users = true, groups = true, packages = true, repository = true, programs = true }
for key in pairs(options) do
  if not OPTIONS[key] then
    sim.fail("argument.invalid", "simulate: machine has no option '" .. tostring(key) .. "'",
      { hint = "it has files, users, groups, packages, repository and programs" })
  end
end

local function basename(path) return path:match("([^/]+)$") or path end

local function add_program(name, run)
  if type(run) ~= "function" then
    sim.fail("argument.invalid", "simulate: the program '" .. tostring(name) .. "' must be a function, got " .. type(run))
  end
  programs[name] = run
  local path = name:find("/", 1, true) and name or "/usr/bin/" .. name
  if path ~= "/usr/bin/" .. name then here:directory_ensure { path = path:match("^(.+)/") or "/" } end
  here:file_ensure { path = path, content = "simulated\n", mode = "0755" }
end

sim.part("machine", "accounts", options, here, add_program)
local packages = (options.packages or options.repository) and sim.part("machine", "packages", options, add_program)

local function parent(path) return path:match("^(.*)/[^/]*$") end

for path, entry in pairs(options.files or {}) do
  if type(entry) == "string" then entry = { content = entry } end
  if parent(path) ~= "" then here:directory_ensure { path = parent(path) } end
  if entry.directory then
    here:directory_ensure { path = path, mode = entry.mode, owner = entry.owner, group = entry.group }
  elseif entry.target then
    here:link_ensure { path = path, to = entry.target }
  else
    here:file_ensure { path = path, content = entry.content or "", mode = entry.mode, owner = entry.owner, group = entry.group }
  end
end
for name, run in pairs(options.programs or {}) do add_program(name, run) end

local function find_program(path) return programs[path] or programs[basename(path)] end

local ANSWER = { code = "integer", signal = "integer", stdout = "string", stderr = "string" }

local function finished(name, answer)
  if type(answer) == "string" then return { code = 0, stdout = answer } end
  if answer == nil then answer = {} end
  local function wrong(what) sim.fail("test.simulator", "the program '" .. name .. "' gave " .. what) end
  if type(answer) ~= "table" then wrong(type(answer) .. ", expected a table or a string") end
  for key, value in pairs(answer) do
    local kind = ANSWER[key]
    if not kind then wrong("'" .. tostring(key) .. "', expected code, signal, stdout and stderr") end
    if (math.type(value) or type(value)) ~= kind then wrong("a '" .. key .. "' that is no " .. kind) end
  end
  if answer.code and (answer.code < 0 or answer.code > 255) then wrong("the code " .. answer.code .. ", expected 0 to 255") end
  return { code = answer.code or 0, signal = answer.signal, stdout = answer.stdout, stderr = answer.stderr }
end

sim.on("program", function(request, emit)
  local run = find_program(request.argv[1])
  if not run then
    sim.fail("test.unexpected", "the simulated machine has no program '" .. request.argv[1] .. "'",
      { hint = "give simulate { machine = { programs = { " .. basename(request.argv[1]) .. " = function(argv) ... end } } }" })
  end
  calls[#calls + 1] = request.argv
  return finished(request.argv[1], run(request.argv, { env = request.env, cwd = request.cwd, stdin = request.stdin, emit = emit }))
end)

-- Detached processes.

local process = {}

local function same(a, b)
  local json = require "json"
  return json.encode(a or {}) == json.encode(b or {})
end

local function shown(name)
  local it = processes[name]
  return { name = name, running = it.running, pid = it.pid, argv = it.argv, cwd = it.cwd or "/", log = it.log, started = it.started }
end

function process.start(args)
  local name = args.name
  if processes[name] and processes[name].running then
    sim.fail("machine.exists", "process '" .. name .. "' runs already")
  end
  local run = find_program(args.argv[1])
  if not here:find(args.argv[1]) and not run then sim.fail("machine.not_found", "there is no program '" .. args.argv[1] .. "'") end
  next_pid = next_pid + 1
  local it = { running = true, pid = next_pid, argv = args.argv, env = args.env, cwd = args.cwd, log = args.log, started = sim.now() }
  local life = run and run(args.argv, { env = args.env, cwd = args.cwd, name = name })
  local said = type(life) == "table" and life.stdout or ""
  if args.log then here:append(args.log, said) end
  if type(life) == "table" and life.code then
    sim.fail("machine.exit", "process '" .. name .. "' ended at once with exit code " .. life.code, { context = { output = said } })
  end
  it.life = type(life) == "table" and life or {}
  processes[name] = it
  return shown(name)
end

function process.find(args)
  if not processes[args.name] then return nil end
  return shown(args.name)
end

function process.get(args)
  return process.find(args) or sim.fail("machine.not_found", "there is no process '" .. args.name .. "'")
end

function process.verify(args)
  local it = processes[args.name]
  if not it then return { state = "absent" } end
  local seen = shown(args.name)
  local equal = same(it.argv, args.argv) and same(it.env, args.env) and it.cwd == args.cwd and it.log == args.log
  seen.state = not it.running and "stopped" or equal and "same" or "different"
  return seen
end

function process.stop(args)
  local it = processes[args.name]
  processes[args.name] = nil
  if not it or not it.running then return { name = args.name, changed = false } end
  if it.life.stop then it.life.stop() end
  return { name = args.name, changed = true }
end

local phases = {
  perform = function(verb, args) return process[verb](args) end,
  capture = function(verb, args)
    if verb == "stop" then
      local it = processes[args.name]
      if not it or not it.running then return { type = "absent" } end
      return { type = "running", name = args.name, argv = it.argv, cwd = it.cwd, log = it.log, environment = next(it.env or {}) ~= nil }
    end
    return { type = "absent", log = args.log and here:find(args.log) ~= nil }
  end,
  revert = function(verb, args)
    if verb == "stop" then
      local before = args.before
      if before.type ~= "running" then return nil end
      if before.environment then sim.fail("machine.cannot_revert", "process '" .. args.name .. "' cannot be started again") end
      return process.start(before)
    end
    local stopped = process.stop(args)
    if args.log and args.before.log == false then here:remove(args.log) end
    return stopped
  end,
  probe = function(verb, args)
    local seen = process.verify(args)
    if verb == "start" then return seen.state == "same" end
    return not seen.running
  end,
}

sim.on("process", function(request)
  local result = phases[request.phase](request.verb, request.args)
  return { result = result }
end)

sim.state("files", sim.files)
sim.state("processes", function()
  local seen = {}
  for name, it in pairs(processes) do
    if it.running then seen[name] = { argv = it.argv, env = it.env, cwd = it.cwd, log = it.log } end
  end
  return seen
end)

return {
  -- Every command line that was run, in order.
  calls = calls,
  processes = processes,
  -- The versions of the installed packages, by name.
  packages = packages or nil,
  program = add_program,
}

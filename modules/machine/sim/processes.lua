-- SPDX-License-Identifier: Apache-2.0
-- The processes of a simulated machine that outlive a run. `here` reaches its files.
local sim, here, find_program = ...

local processes = {}
local next_pid = 1000

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

local function answer(request) return { result = phases[request.phase](request.verb, request.args) } end

-- What runs, as it was started: pids and times differ from one run to the next.
local function state()
  local seen = {}
  for name, it in pairs(processes) do
    if it.running then seen[name] = { argv = it.argv, env = it.env, cwd = it.cwd, log = it.log } end
  end
  return seen
end

return { processes = processes, answer = answer, state = state }

-- SPDX-License-Identifier: Apache-2.0
-- One simulated machine: files, accounts, packages and programs, see machine.sim.lua. `here` reaches its files, `where`
-- says what a test writes to add something to it.
local sim, options, here, where = ...

local programs, calls = {}, {}

local function basename(path) return path:match("([^/]+)$") or path end

local there = { [""] = true, ["/usr/bin"] = true, ["/usr/sbin"] = true, ["/etc"] = true, ["/srv"] = true }
local function make_parent(path)
  local parent = path:match("^(.*)/[^/]*$")
  if not there[parent] then here:directory_ensure { path = parent } end
  there[parent] = true
end

local function add_program(name, run)
  if type(run) ~= "function" then
    sim.fail("argument.invalid", "simulate: the program '" .. tostring(name) .. "' must be a function, got " .. type(run))
  end
  programs[name] = run
  local path = name:find("/", 1, true) and name or "/usr/bin/" .. name
  make_parent(path)
  here:write(path, "simulated\n", { mode = "0755" })
end

sim.part("machine", "accounts", options, here, add_program)
local packages = (options.packages or options.repository) and sim.part("machine", "packages", options, add_program) or nil

for path, entry in pairs(options.files or {}) do
  if type(entry) == "string" then entry = { content = entry } end
  make_parent(path)
  if entry.directory then
    here:directory_ensure { path = path, mode = entry.mode, owner = entry.owner, group = entry.group }
  elseif entry.target then
    here:link_create(path, entry.target, { replace = true })
  else
    here:write(path, entry.content or "", { mode = entry.mode, owner = entry.owner, group = entry.group })
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

-- Answers {kind = "program"}; `more` is what its function is told besides.
local function run_program(request, emit, more)
  local name = request.argv[1]
  local run = find_program(name)
  if not run then
    sim.fail("test.unexpected", "the simulated machine has no program '" .. name .. "'",
      { hint = where("programs = { " .. basename(name) .. " = function(argv) ... end }") })
  end
  calls[#calls + 1] = request.argv
  local call = { env = request.env, cwd = request.cwd, stdin = request.stdin, emit = emit }
  for key, value in pairs(more or {}) do call[key] = value end
  return finished(name, run(request.argv, call))
end

return { calls = calls, packages = packages, add_program = add_program, find_program = find_program, run_program = run_program }

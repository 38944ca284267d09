-- SPDX-License-Identifier: Apache-2.0
-- simulate { ... }: a world of simulators for one test. What the runbook under test does reaches them through the same
-- operations, clients and permissions as the real world; only what is at the other end is Lua.
--
-- A simulator is <module>.sim.lua, a chunk called with `sim` and what the test gave under the module's name. It gives a
-- table of functions for the test (`world.<module>`), and uses
--   sim.serve(address, handler)   answers HTTP at "unix:///run/x.sock" or "http://host:port"; a port of "*" is any.
--                                 handler(request, emit) -> { status, headers, body | json }; request = { method, url,
--                                 path, query, headers, body }; emit { chunk = "..." } streams
--   sim.listen(target, answer)    whether somebody listens at "tcp://host:port" or "unix:///run/x.sock": true, or a function
--   sim.on(kind, handler)         answers what the module's C++ asks under that kind
--   sim.state(name, read)         adds to world:state(), by which the end states of runs are compared
--   sim.fail(code, message, { hint, context, retryable })
--   sim.now(), sim.sleep(duration), sim.wait_until(check, timeout)
--   sim.part(module, name, ...)   calls the module's sim/<name>.lua with `sim` and the rest
--   sim.machine(name)             the machine of that name, as root and without a connection; sim.files(name) all of its files
local core = ...

local START = 1767225600 -- 2026-01-01T00:00:00Z: a test sees the same time whenever it is run

local function decode(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function query_of(text)
  local query = {}
  for pair in text:gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    query[decode(name)] = decode(value)
  end
  return query
end

-- "http://host:8080" of an URL, with the port written out.
local function address_of(url)
  local scheme, authority = url:match("^(%a+)://([^/?#]*)")
  if not scheme or scheme == "unix" then return url end
  scheme, authority = scheme:lower(), authority:lower()
  if not authority:find(":[%d*]+$") then authority = authority .. (scheme == "https" and ":443" or ":80") end
  return scheme .. "://" .. authority
end

local function is_local(address)
  return address:find "^%a+://localhost:" or address:find "^%a+://127%." or address:find "^%a+://%[::1%]:" or address:find "^unix:"
end

local function refused(address)
  if is_local(address) then
    core.fail("http.connect", "cannot connect to " .. address .. ": connection refused", { retryable = true })
  end
  core.fail("test.unexpected", "nothing is simulated at " .. address,
    { hint = 'give simulate { http = { ["' .. address .. '"] = function(request) ... end } }' })
end

local Services = {}
Services.__index = Services

function Services:serve(address, handler)
  if type(handler) ~= "function" and handler ~= nil then
    core.fail("argument.invalid", "simulate: what answers at '" .. address .. "' must be a function, got " .. core.typename(handler))
  end
  self.handlers[address_of(address)] = handler
end

-- The path of a socket is what it is; a host has no case.
local function listener_of(target) return target:find "^[uU]" and target or target:lower() end

-- Whether a connection would be taken, whatever is spoken there; nil where the test says nothing about it.
function Services:listens(target)
  target = listener_of(target)
  local listener = self.listeners[target]
  if type(listener) == "function" then return listener() and true or false end
  if listener ~= nil then return listener end
  local rest = target:match "^tcp(://.*)$"
  if self:find(rest and "http" .. rest or target) or rest and self:find("https" .. rest) then return true end
  if is_local(target) then return false end
end

function Services:find(address)
  return self.handlers[address] or self.handlers[address:gsub(":%d+$", ":*")]
end

function Services:answer(request, emit)
  local address = request.unix_socket and "unix://" .. request.unix_socket or address_of(request.url)
  local handler = self:find(address)
  if not handler then refused(address) end
  local rest = request.url:match("^%a+://[^/?#]*([^#]*)") or request.url
  local path, query = rest:match("^([^?]*)%??(.*)$")
  request.path, request.query = decode(path == "" and "/" or path), query_of(query)
  request.address, request.raw_path = address, path
  local answer = handler(request, emit)
  if type(answer) == "string" then answer = { body = answer } end
  if type(answer) ~= "table" then
    core.fail("test.simulator", "what answers at " .. address .. " gave " .. core.typename(answer) .. ", expected a table or a string")
  end
  local headers, body, status = answer.headers or {}, answer.body or "", answer.status or 200
  local wrong = math.type(status) ~= "integer" and "'status' must be a whole number" or
    type(headers) ~= "table" and "'headers' must be a table"
    or type(body) ~= "string" and "'body' must be a string"
  for _, value in pairs(wrong and {} or headers) do wrong = wrong or type(value) ~= "string" and "headers must be strings" end
  if wrong then core.fail("test.simulator", "what answers at " .. address .. ": " .. wrong) end
  if answer.json ~= nil then
    headers["content-type"] = headers["content-type"] or "application/json"
    body = require("json").encode(answer.json)
  end
  return { status = status, headers = headers, body = body, input = answer.input }
end

-- One entry of a script: a table is a result, { error = { code, message } } an error, a function is called, false lets
-- the call through.
local function scripted(entry, args)
  if type(entry) == "function" then entry = entry(args) end
  if entry == nil or entry == false then return { pass = true } end
  if type(entry) == "table" and entry.error then
    local err = entry.error
    core.fail(err.code or "test.scripted", err.message or "made to fail by the test",
      { hint = err.hint, retryable = err.retryable, context = err.context })
  end
  return { result = entry }
end

local World = {}
local current            -- the world that there is
local answering = setmetatable({}, { __mode = "k" }) -- the coroutines in which simulators answer

local function check_world(world)
  if world ~= current or not core.simulated() then
    core.fail("test.world_ended", "this world has ended", { hint = "each simulate { ... } makes a new one, and a test's ends with it" })
  end
  if answering[coroutine.running()] then
    core.fail("test.misuse", "a simulator cannot make a run: the run that it answers would wait for it")
  end
end

local function summary(report)
  local printed, changes, steps = {}, {}, {}
  for _, event in ipairs(report.events) do
    if event.event == "print" then
      printed[#printed + 1] = event.text
    elseif event.event == "step.end" and event.state == "done" then
      steps[#steps + 1] = event.path
    elseif event.event == "effect.end" and event.changed and event.parent == 0 then
      changes[#changes + 1] = event.description
    end
  end
  report.printed, report.changes, report.steps = table.concat(printed, "\n"), changes, steps
  return report
end

local function is_list(value)
  if type(value) ~= "table" then return false end
  for key, item in pairs(value) do
    if math.type(key) ~= "integer" or type(item) ~= "string" then return false end
  end
  return true
end

local RUN_OPTIONS = {
  allow = "list", deny = "list", limits = "list", redo = "list", accept = "list", confirm = "list", answers = "list",
  yes = "boolean", dry_undo = "boolean", on_failure = "string", secrets = "table", fault = "table", inventory = "string", hosts = "list",
}

local function check_option(key, value)
  local wanted = RUN_OPTIONS[key]
  if not wanted then core.fail("argument.invalid", "world:run: unknown option '" .. tostring(key) .. "'") end
  if wanted == "list" and not is_list(value) or wanted ~= "list" and type(value) ~= wanted then
    core.fail("argument.invalid", ("world:run: '%s' must be a %s, got %s"):format(key, wanted == "list" and "list of strings" or wanted,
      core.typename(value)))
  end
end

local function merged(world, mode, more, options)
  check_world(world)
  local all = { mode = mode, secrets = world.secrets }
  for key, value in pairs(options or {}) do
    check_option(key, value)
    all[key] = value
  end
  if all.on_failure and all.on_failure ~= "keep" and all.on_failure ~= "undo" then
    core.fail("argument.invalid", "world:run: 'on_failure' must be \"keep\" or \"undo\"")
  end
  if all.fault and not (math.type(all.fault.change) == "integer" and all.fault.change > 0) then
    core.fail("argument.invalid", "world:run: 'fault' must be { kind = ..., change = 1 ... }")
  end
  if mode == "resume" or mode == "undo" then
    if type(more.id) ~= "string" then
      core.fail("argument.invalid", "world:" .. mode .. ": no run has been made yet, and no id is given")
    end
  elseif type(more.file) ~= "string" or more.params ~= nil and type(more.params) ~= "table" then
    core.fail("argument.invalid", "world:run: expected the path of a runbook, a table of parameters and a table of options")
  end
  for key, value in pairs(more) do all[key] = value end
  return all
end

-- Runs a runbook in this world. `params` are its parameters; the report has state, exit, error, changed, printed ...
function World:run(file, params, options)
  local report = summary(core.run(merged(self, "apply", { file = file, params = params }, options)))
  self.last = report.id ~= "" and report.id or self.last
  return report
end

function World:plan(file, params, options)
  return summary(core.run(merged(self, "dry-run", { file = file, params = params }, options)))
end

-- Runs it with a cassette of `runbook record` in place of this world: a call that is not in it ends in replay.mismatch,
-- recorded calls that do not come (report.unasked) fail the run too. Parameters are the recorded ones where none are given.
function World:replay(cassette, file, params, options)
  if type(cassette) ~= "string" or type(file) ~= "string" then
    core.fail("argument.invalid", "world:replay: expected a cassette and a runbook's file")
  end
  return summary(core.run(merged(self, "apply", { replay = cassette, file = file, params = params }, options)))
end

-- Of the last run, or of the one with that id.
function World:resume(id, options) return summary(core.run(merged(self, "resume", { id = id or self.last }, options))) end
function World:undo(id, options) return summary(core.run(merged(self, "undo", { id = id or self.last }, options))) end

-- Answers an operation in place of the simulators: world:answer("docker.image_pull", { false, { error = { code = ... } } }) lets
-- the first call through and fails the second; a function answers every call.
function World:answer(operation, script)
  check_world(self)
  core.simulation_answers(operation)
  if type(script) ~= "function" and type(script) ~= "table" then
    core.fail("argument.invalid", "world:answer: expected a function or a list of answers, got " .. core.typename(script))
  end
  for key in pairs(type(script) == "table" and script or {}) do
    if math.type(key) ~= "integer" then
      core.fail("argument.invalid", "world:answer: expected a list of answers, got a table with '" .. tostring(key) .. "'",
        { hint = "one answer is a list of one: { { error = { code = ... } } }" })
    end
  end
  self.scripts[operation] = { script = script, calls = 0 }
end

function World:advance(duration)
  check_world(self)
  core.sleep(core.duration("world:advance", duration))
end
function World:now() return self.started + core.monotonic() end

-- What all simulators hold, as plain values.
function World:state()
  check_world(self)
  local state = {}
  for name, read in pairs(self.readers) do state[name] = read() end
  return state
end

local function make_sim(world, services, handlers)
  local sim = {}
  function sim.serve(address, handler) services:serve(address, handler) end
  function sim.listen(target, answer) services.listeners[listener_of(target)] = answer end
  function sim.on(kind, handler) handlers[kind] = handler end
  function sim.state(name, read) world.readers[name] = read end
  sim.fail, sim.files, sim.duration_text = core.fail, core.simulation_files, core.show_duration
  function sim.machine(name) return core.simulation_machine(require("machine").here(), name) end
  function sim.part(module, name, ...) return core.simulator(module, name)(sim, ...) end
  function sim.now() return world:now() end
  function sim.seconds(duration) return core.duration("simulate", duration) end
  function sim.sleep(duration) core.sleep(sim.seconds(duration)) end
  function sim.wait_until(check, timeout)
    local deadline = core.monotonic() + (timeout or math.huge)
    while true do
      local value = check()
      if value or core.monotonic() >= deadline then return value end
      core.sleep(0.05)
    end
  end
  return sim
end

-- Simulators that are always there, even where the test says nothing about them.
local ALWAYS = { "machine", "machines", "http" }
-- Keys that are no module's name, but a part of that module's simulator.
local PARTS = { machines = "machine" }

local function simulate(options)
  options = options or {}
  if type(options) ~= "table" then core.fail("argument.invalid", "simulate: expected a table, got " .. core.typename(options)) end
  local start = options.start or START
  if type(start) == "string" then start = require("time").parse(start) end
  local services = setmetatable({ handlers = {}, listeners = {} }, Services)
  local handlers = {}
  local world = setmetatable({ secrets = options.secrets or {}, scripts = {}, readers = {}, started = start }, { __index = World })
  function handlers.http(request, emit) return services:answer(request, emit) end
  handlers["http.input"] = handlers.http
  function handlers.net(request)
    local listens = services:listens(request.target)
    if listens then return true end
    if listens == false then
      core.fail("net.connect", "cannot connect to '" .. request.target .. "': connection refused", { retryable = true })
    end
    core.fail("test.unexpected", "nothing is simulated at " .. request.target,
      { hint = 'give simulate { net = { ["' .. request.target .. '"] = true } }' })
  end
  function handlers.operation(request)
    local script = world.scripts[request.operation]
    script.calls = script.calls + 1
    if type(script.script) == "function" then return scripted(script.script, request.args) end
    return scripted(script.script[script.calls], request.args)
  end
  core.simulation_begin(function(request, emit)
    local handler = handlers[request.kind]
    if not handler then core.fail("test.unexpected", "nothing simulates '" .. tostring(request.kind) .. "'") end
    answering[coroutine.running()] = true
    return handler(request, emit)
  end, start)
  current = world
  local sim = make_sim(world, services, handlers)
  local wanted = {}
  for _, name in ipairs(ALWAYS) do wanted[name] = {} end
  for name, given in pairs(options) do
    if name ~= "start" and type(given) ~= "table" then
      core.simulation_end()
      core.fail("argument.invalid", "simulate: '" .. tostring(name) .. "' must be a table, got " .. core.typename(given))
    end
    if name ~= "start" and name ~= "secrets" then wanted[name] = given end
  end
  for _, name in ipairs(ALWAYS) do
    world[name] = core.simulator(PARTS[name] or name, PARTS[name] and name)(sim, wanted[name])
    wanted[name] = nil
  end
  for name, given in pairs(wanted) do
    local simulator = core.simulator(name)
    if not simulator then
      core.simulation_end()
      core.fail("argument.invalid", "simulate: there is no simulator '" .. tostring(name) .. "'")
    end
    world[name] = simulator(sim, given)
  end
  return world
end

return simulate

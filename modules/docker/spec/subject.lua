-- SPDX-License-Identifier: Apache-2.0
-- The engine that the specs beside this are about: a simulated one, or the real one that RUNBOOK_TEST_DOCKER names, which
-- must be empty and permitted. What holds for one must hold for the other; where they differ, the engine is right.
local docker = require "docker"
local http = require "http"
local json = require "json"
local machine = require "machine"
local rb = require "runbook"

local M = { target = test_environment "DOCKER" }
M.real = M.target ~= nil
M.target = M.target or "unix:///var/run/docker.sock"
-- A registry that the engine can reach; nil: there is none.
M.registry = test_environment "REGISTRY"
if not M.real then M.registry = "127.0.0.1:5000" end

local BUSYBOX = "/bin/busybox"

local function sh(script) return { BUSYBOX, "sh", "-c", script } end

-- What containers run: the program of a real one, and what a simulated one does for it.
M.programs = {
  sleeper = { command = { BUSYBOX, "sleep", "1000" }, life = {} },
  web = {
    command = { BUSYBOX, "httpd", "-f", "-p", "80", "-h", "/www" },
    life = { http = { [80] = function(request) return request.path == "/page" and "hello\n" or { status = 404 } end } },
  },
  crash = { command = sh "echo out; echo err >&2; exit 3", life = { logs = { "out\n", { stderr = "err\n" } }, exits = 3 } },
  flaky = { command = sh "sleep 0.3; exit 2", life = { exits = { code = 2, after = 0.3 } } },
  polite = { command = sh "trap 'exit 5' TERM; while :; do sleep 0.05; done", life = { stops = 5 } },
  deaf = { command = sh "trap '' TERM; while :; do sleep 0.05; done", life = { stops = false } },
  talker = {
    command = sh "echo one; sleep 2; echo two; sleep 2; echo three",
    life = {
      logs = { "one\n", { after = "2s", stdout = "two\n" }, { after = "4s", stdout = "three\n" } },
      exits = { code = 0, after = "4s" },
    },
  },
  riser = { command = sh "sleep 1; touch /ok; sleep 1000", life = { healthy_after = "1s" } },
  sick = { command = sh "sleep 1001", life = { healthy_after = false } },
  nothing = { command = { "/nothere" }, life = { cannot_start = 'exec: "/nothere": stat /nothere: no such file or directory' } },
}

-- Applets of busybox, as far as they are run in containers here.
local applets = {
  sort = function(_, call)
    local lines = {}
    for line in call.stdin:gmatch "[^\n]+" do lines[#lines + 1] = line end
    table.sort(lines)
    return #lines > 0 and table.concat(lines, "\n") .. "\n" or ""
  end,
  ["false"] = function() return { code = 1 } end,
  cat = function(argv, call) return call.container:read(argv[3]) or { code = 1, stderr = "cat: can't open\n" } end,
  env = function(_, call)
    local lines = {}
    for name, value in pairs(call.env) do lines[#lines + 1] = name .. "=" .. value .. "\n" end
    return table.concat(lines)
  end,
  pwd = function(_, call) return call.cwd .. "\n" end,
  wget = function(argv, call)
    local host, path = argv[#argv]:match "^http://([^/:]+)(.*)$"
    local answer, why = call.container:call(host, 80, path)
    return answer and { stdout = answer.body, code = (answer.status or 200) == 200 and 0 or 1 } or { code = 1, stderr = why }
  end,
}

local function behave(container)
  for _, program in pairs(M.programs) do
    if json.encode(program.command) == json.encode(container.argv) then
      local life = { exec = function(argv, call)
        if argv[1] ~= BUSYBOX then return nil end
        return applets[argv[2]](argv, call)
      end }
      for key, value in pairs(program.life) do life[key] = value end
      return life
    end
  end
end

-- A directory of the machine that the engine is on.
function M.directory(name)
  if M.real then return temp_directory() end
  machine.here():directory_ensure { path = "/srv" }
  machine.here():directory_ensure { path = "/srv/" .. name }
  return "/srv/" .. name
end

-- A build context with this Dockerfile, after what every image here begins with.
function M.context(more, whole)
  local directory, here = M.directory "context", machine.here()
  here:write(directory .. "/busybox", M.real and here:read(BUSYBOX) or "a program", { mode = "0755" })
  here:write(directory .. "/page", "hello\n")
  local begin = "FROM scratch\nCOPY busybox /bin/busybox\nCOPY page /www/page\nSTOPSIGNAL SIGKILL\n"
  here:write(directory .. "/Dockerfile", whole or begin .. (more or ""))
  return directory
end

function M.begin()
  if not M.real then
    M.world = simulate { docker = {
      run = { ["*"] = behave },
      build = function(command) return { code = tonumber(command:match "exit (%d+)") or 0, stdout = command:match "echo (%w+)" } end,
    } }
  end
  M.engine = docker.connect(M.target)
  M.engine:image_ensure { tag = "spec:1", context = M.context() }
  M.engine:network_ensure "spec"
  return M.engine
end

function M.finish()
  local engine = M.engine
  local left = engine:container_list {}
  while #left > 0 do
    -- A busy engine may still be removing one, and says so with a conflict.
    for _, container in ipairs(left) do pcall(engine.container_remove, engine, container.id, { force = true, volumes = true }) end
    left = engine:container_list {}
    if #left > 0 then rb.sleep "200ms" end
  end
  for _, volume in ipairs(engine:volume_list()) do engine:volume_remove(volume.name) end
  for _, network in ipairs(engine:network_list()) do
    if network.name:find "^spec" then engine:network_remove(network.name) end
  end
  for _, image in ipairs(engine:image_list()) do
    for _, tag in ipairs(image.tags) do engine:image_remove(tag, { force = true }) end
    if #image.tags == 0 then engine:image_remove(image.id, { force = true }) end
  end
end

-- The description of a container that runs a program.
function M.container(name, program, more)
  local spec = { name = name, image = "spec:1", command = M.programs[program].command, networks = { "spec" } }
  for key, value in pairs(more or {}) do spec[key] = value end
  return spec
end

function M.start(name, program, more)
  M.engine:container_create(M.container(name, program, more))
  return M.engine:container_start(name)
end

-- One request to the engine as it is: status, answer, and the words of a refusal with ids made the same.
function M.request(method, path, body)
  local send = { GET = http.fetch, POST = http.post, DELETE = http.delete }
  local options = { unix_socket = M.target:gsub("^unix://", ""), timeout = "30s" }
  if method ~= "GET" then options.json, options.expect = body, { "2xx", "3xx", "4xx", "5xx" } end
  local answer = send[method]("http://docker/v1.41" .. path, options)
  local ok, decoded = pcall(json.decode, answer.body)
  local words = ok and type(decoded) == "table" and decoded.message or ""
  words = words:gsub(("%x"):rep(64), "ID"):gsub(("%f[%x]" .. ("%x"):rep(12)) .. "%f[^%x]", "ID")
  return answer.status, words, ok and decoded or answer.body
end

-- What a call fails with: its code and its words.
function M.failure(run, ...)
  local ok, err = pcall(run, ...)
  if ok then return nil, "it did not fail" end
  return err.code, err.message, err
end

return M

-- SPDX-License-Identifier: Apache-2.0
-- What containers of a simulated engine write: logs, and programs that are run in them.
local sim, shared, engine = ...

local function frame(stream, text) return string.pack(">I1I3I4", stream == "stderr" and 2 or 1, 0, #text) .. text end

local function shown(container, entry, query)
  local text = entry.text
  if query.timestamps == "1" then text = shared.stamp(entry.at) .. " " .. text end
  return container.config.Tty and text or frame(entry.stream, text)
end

local function wanted(entry, query)
  local since, til = tonumber(query.since), tonumber(query["until"])
  return (query[entry.stream] == "1") and (not since or entry.at >= since) and (not til or til == 0 or entry.at <= til)
end

engine.route("GET", "/containers/{name}/logs", function(request, emit)
  local container, query = engine.get_container(request.args.name), request.query
  if query.stdout ~= "1" and query.stderr ~= "1" then shared.refuse(400, "Bad parameters: you must choose at least one stream") end
  local picked = {}
  for _, entry in ipairs(container.log) do
    if wanted(entry, query) then picked[#picked + 1] = entry end
  end
  local tail = math.tointeger(tonumber(query.tail))
  local parts, seen = {}, #container.log
  for at = tail and math.max(1, #picked - tail + 1) or 1, #picked do parts[#parts + 1] = shown(container, picked[at], query) end
  if query.follow ~= "1" then return { body = table.concat(parts) } end
  emit { status = 200, chunk = table.concat(parts) }
  while true do
    engine.settle()
    for at = seen + 1, #container.log do
      if wanted(container.log[at], query) then emit { chunk = shown(container, container.log[at], query) } end
    end
    seen = #container.log
    if container.status ~= "running" and container.status ~= "restarting" then return { status = 200 } end
    sim.sleep(0.05)
  end
end)

-- Programs.

local execs = {}

engine.route("POST", "/containers/{name}/exec", function(request)
  local container, spec = engine.get_container(request.args.name), request.json
  if not spec.Cmd or #spec.Cmd == 0 then shared.refuse(400, "No exec command specified") end
  if container.status == "paused" then
    shared.refuse(409, "Container %s is paused, unpause the container before exec", request.args.name)
  end
  if container.status ~= "running" then shared.refuse(409, "Container %s is not running", container.id) end
  engine.made = engine.made + 1
  local id = shared.id("exec", engine.made)
  execs[id] = { id = id, container = container, spec = spec }
  return { status = 201, json = { Id = id } }
end)

local function get_exec(id) return execs[id] or shared.refuse(404, "No such exec instance: %s", id) end

local function env_of(exec)
  local env = {}
  for _, list in ipairs { exec.container.config.Env or {}, exec.spec.Env or {} } do
    for _, entry in ipairs(list) do
      local name, value = entry:match("^([^=]*)=(.*)$")
      if name then env[name] = value end
    end
  end
  return env
end

local function run(exec, input)
  local container, spec = exec.container, exec.spec
  local life = container.life
  -- The end of a program whose call was cancelled.
  if spec.Cmd[4] == "runbook-end" then
    exec.code = 0
    return ""
  end
  if not life.exec then
    local hint = 'give its image a behaviour: run = { ["%s"] = { exec = function(argv, call) ... end } }'
    sim.fail("test.unexpected", ("nothing says what '%s' does in container '%s'"):format(spec.Cmd[1], container.name),
      { hint = hint:format(container.config.Image) })
  end
  local answer = life.exec(spec.Cmd, { env = env_of(exec), user = spec.User or container.config.User, stdin = input,
    privileged = spec.Privileged, cwd = spec.WorkingDir or container.config.WorkingDir,
    container = engine.part("behaviour").handle(container) })
  if type(answer) == "string" then answer = { stdout = answer } end
  if not answer then
    answer = { code = 127, stdout = ("OCI runtime exec failed: exec failed: unable to start container process: exec: %q: executable "
      .. "file not found in $PATH: unknown\r\n"):format(spec.Cmd[1]) }
  end
  exec.code = answer.code or answer[1] or 0
  local out, err = answer.stdout or answer[2] or "", answer.stderr or answer[3] or ""
  return (out ~= "" and frame("stdout", out) or "") .. (err ~= "" and frame("stderr", err) or "")
end

engine.route("POST", "/exec/{id}/start", function(request)
  local exec = get_exec(request.args.id)
  if exec.container.status ~= "running" then shared.refuse(409, "Container %s is not running", exec.container.id) end
  if exec.spec.AttachStdin and not request.input then return { status = 101, input = true } end
  return { status = 101, body = run(exec, request.input) }
end)

engine.route("GET", "/exec/{id}/json", function(request)
  local exec = get_exec(request.args.id)
  return { json = { ID = exec.id, Running = exec.code == nil, ExitCode = exec.code or shared.null, ContainerID = exec.container.id } }
end)

-- SPDX-License-Identifier: Apache-2.0
-- The builder of a simulated engine: it reads the context and the Dockerfile, and makes an image without layers. What a
-- RUN does is the test's to say (the engine's option `build`); without, it succeeds.
local _, shared, engine = ...
local crypto = require "crypto"
local json = require "json"

local M = {}

-- The files of a tar archive: path -> content, directories are `true`.
function M.unpack(archive)
  local files, at, long = {}, 1, nil
  while at + 511 <= #archive do
    local header = archive:sub(at, at + 511)
    local name = header:sub(1, 100):match("^[^\0]*")
    if name == "" then break end
    local prefix = header:sub(346, 500):match("^[^\0]*")
    if prefix ~= "" and header:sub(258, 262) == "ustar" then name = prefix .. "/" .. name end
    local size = tonumber(header:sub(125, 136):match("[0-7]+") or "0", 8)
    local content, kind = archive:sub(at + 512, at + 511 + size), header:sub(157, 157)
    if kind == "x" then
      long = content:match("%d+ path=([^\n]*)\n")
    elseif kind ~= "g" then
      name = (long or name):gsub("^%./", ""):gsub("/$", "")
      files[name], long = kind == "5" or content, nil
    end
    at = at + 512 + math.ceil(size / 512) * 512
  end
  return files
end

function M.size(files)
  local sum = 0
  for _, content in pairs(files) do sum = sum + (content == true and 0 or #content) end
  return sum
end

function M.config()
  return { Env = { engine.part("images").PATH }, User = "", WorkingDir = "", Labels = nil }
end

-- The words of `A=1 B="x y"`, without their quotes.
local function words(text)
  local out, word, quote = {}, nil, nil
  for c in text:gmatch(".") do
    if quote then
      if c == quote then quote = nil else word = word .. c end
    elseif c == '"' or c == "'" then
      quote, word = c, word or ""
    elseif c:find("%s") then
      out[#out + 1], word = word, nil
    else
      word = (word or "") .. c
    end
  end
  out[#out + 1] = word
  return out
end

local function pairs_of(rest)
  local out = {}
  if not rest:find("^[^%s=]+=") then
    local name, value = rest:match("^(%S+)%s+(.*)$")
    return { { name, value or "" } }
  end
  for _, word in ipairs(words(rest)) do out[#out + 1] = { word:match("^([^=]*)=?(.*)$") } end
  return out
end

-- A command in either form: '["a", "b"]', or a line for a shell.
local function command(rest)
  if rest:find("^%[") then
    local ok, list = pcall(json.decode, rest)
    if ok then return list end
  end
  return { "/bin/sh", "-c", rest }
end

local function set_env(config, name, value)
  for at, entry in ipairs(config.Env) do
    if entry:match("^[^=]*") == name then table.remove(config.Env, at) break end
  end
  config.Env[#config.Env + 1] = name .. "=" .. value
end

local function listed(config, key, rest)
  config[key] = config[key] or {}
  local items = rest:find("^%[") and json.decode(rest) or words(rest)
  for _, item in ipairs(items) do
    if key == "ExposedPorts" then
      if not item:find("^%d+") then error({ build = "Invalid containerPort: " .. item }, 0) end
      if not item:find("/") then item = item .. "/tcp" end
    end
    config[key][item] = {}
  end
end

local NANO = { s = 1e9, m = 60e9, h = 3600e9, ms = 1e6 }

local function health(rest)
  local check = {}
  for name, value in rest:gmatch("%-%-([%w-]+)=(%S+)") do
    local count, unit = value:match("^([%d.]+)(%a*)$")
    if name == "retries" then check.Retries = math.tointeger(tonumber(value)) else
      local key = ({ interval = "Interval", timeout = "Timeout", ["start-period"] = "StartPeriod" })[name]
      if key then check[key] = math.floor(tonumber(count) * NANO[unit]) end
    end
  end
  local test = rest:gsub("%-%-%S+%s*", "")
  if test:upper() == "NONE" then return { Test = { "NONE" } } end
  test = test:gsub("^CMD%s+", "")
  check.Test = test:find("^%[") and command(test) or { "CMD-SHELL", test }
  if test:find("^%[") then table.insert(check.Test, 1, "CMD") end
  return check
end

local set = {}
function set.ENV(config, rest) for _, pair in ipairs(pairs_of(rest)) do set_env(config, pair[1], pair[2]) end end
function set.LABEL(config, rest)
  config.Labels = config.Labels or {}
  for _, pair in ipairs(pairs_of(rest)) do config.Labels[pair[1]] = pair[2] end
end
function set.CMD(config, rest) config.Cmd = command(rest) end
function set.ENTRYPOINT(config, rest) config.Entrypoint = command(rest) end
function set.EXPOSE(config, rest) listed(config, "ExposedPorts", rest) end
function set.VOLUME(config, rest) listed(config, "Volumes", rest) end
function set.USER(config, rest) config.User = rest end
function set.WORKDIR(config, rest)
  config.WorkingDir = rest:find("^/") and rest or (config.WorkingDir == "" and "" or config.WorkingDir) .. "/" .. rest
end
function set.STOPSIGNAL(config, rest) config.StopSignal = rest end
function set.HEALTHCHECK(config, rest) config.Healthcheck = health(rest) end
function set.SHELL() end
function set.MAINTAINER() end
function set.ONBUILD() end

-- One instruction that changes what an image is, `CMD ["a"]`.
function M.apply(config, text)
  local name, rest = text:match("^%s*(%a+)%s*(.-)%s*$")
  local apply = name and set[name:upper()]
  if not apply then shared.refuse(400, "%s is not a valid change command", tostring(name):lower()) end
  apply(config, rest)
end

-- { number, name, rest } of a Dockerfile's instructions, with its continued lines joined.
local function parse(text)
  local steps, line, number, first = {}, "", 0, nil
  for raw in (text .. "\n"):gmatch("(.-)\r?\n") do
    number = number + 1
    local comment = raw:find("^%s*#")
    if not comment and raw:find("\\%s*$") then
      line, first = line .. raw:gsub("\\%s*$", ""), first or number
    elseif not comment then
      line, first = line .. raw, first or number
      local name, rest = line:match("^%s*(%S+)%s*(.-)%s*$")
      if name then steps[#steps + 1] = { number = first, name = name:upper(), rest = rest, text = line:match("^%s*(.-)%s*$") } end
      line, first = "", nil
    end
  end
  return steps
end

local function fail(text, ...) error({ build = text:format(...) }, 0) end

-- A file or a directory of the context, or a pattern that fits some.
local function in_context(files, source)
  source = source:gsub("^%./", ""):gsub("^/", ""):gsub("/$", "")
  if source == "." or source == "" or files[source] then return true end
  local pattern = shared.glob(source)
  for path in pairs(files) do
    if path:sub(1, #source + 1) == source .. "/" or path:find(pattern) then return true end
  end
  return false
end

local function copy(files, rest, name)
  local sources = rest:find("^%[") and json.decode(rest) or words(rest)
  if sources[1]:find("^%-%-from=") then return end
  while sources[1]:find("^%-%-") do table.remove(sources, 1) end
  for at = 1, #sources - 1 do
    if not sources[at]:find("^%a+://") and not in_context(files, sources[at]) then
      fail("%s failed: file not found in build context or excluded by .dockerignore: stat %s: file does not exist", name, sources[at])
    end
  end
end

local function base(reference, stages, query)
  if reference == "scratch" then return M.config() end
  if stages[reference] then return shared.copy(stages[reference]) end
  local images = engine.part "images"
  local image = images.find(reference) or engine.part("registry").base(reference, query.registry_config)
  if not image then
    fail("pull access denied for %s, repository does not exist or may require 'docker login': denied: requested access to the resource "
      .. "is denied",
      reference:match("^(.-):?[^:/]*$"))
  end
  return shared.copy(image.config)
end

local function run_steps(steps, files, query, say)
  local arguments = query.buildargs and json.decode(query.buildargs) or {}
  local known, stages, config, stage, own_command = {}, {}, nil, nil, nil
  for at, step in ipairs(steps) do
    say(("Step %d/%d : %s\n"):format(at, #steps, step.text))
    local rest = step.rest:gsub("%$%{?([%a_][%w_]*)%}?", function(name) return known[name] end)
    if step.name == "FROM" then
      if stage and stage == query.target then break end
      local reference, name = rest:match("^(%S+)%s+[Aa][Ss]%s+(%S+)$")
      stage = name
      config, own_command = base(reference or rest, stages, query), false
      if name then stages[name] = config end
    elseif step.name == "ARG" then
      local name, value = rest:match("^([^=]*)=?(.*)$")
      known[name] = arguments[name] or value:gsub("^[\"'](.*)[\"']$", "%1")
    elseif step.name == "COPY" or step.name == "ADD" then
      copy(files, rest, step.name)
    elseif step.name == "RUN" then
      local exact = rest:find("^%[") and json.decode(rest)
      local shown = exact and table.concat(exact, " ") or "/bin/sh -c " .. rest
      local answer = engine.build and engine.build(exact and shown or rest, { config = config, files = files }) or ""
      if type(answer) == "string" then answer = { stdout = answer } end
      say(answer.stdout or "")
      if (answer.code or 0) ~= 0 then
        error({ build = ("The command '%s' returned a non-zero code: %d"):format(shown, answer.code), code = answer.code }, 0)
      end
    else
      -- The base's command is none for another program.
      if step.name == "ENTRYPOINT" and not own_command then config.Cmd = nil end
      own_command = own_command or step.name == "CMD"
      set[step.name](config, rest)
      if step.name == "ENV" then for _, pair in ipairs(pairs_of(rest)) do known[pair[1]] = pair[2] end end
    end
  end
  return config
end

local OTHERS = { FROM = true, ARG = true, COPY = true, ADD = true, RUN = true }

engine.route("POST", "/build", function(request, emit)
  local query, files = request.query, M.unpack(request.body)
  query.registry_config = request.headers["x-registry-config"]
  local dockerfile = query.dockerfile or "Dockerfile"
  if type(files[dockerfile]) ~= "string" then shared.refuse(500, "Cannot locate specified Dockerfile: %s", dockerfile) end
  local steps = parse(files[dockerfile])
  for _, tag in ipairs(request.repeated.t or {}) do engine.part("images").check(tag, 500) end
  if files[dockerfile] == "" then shared.refuse(400, "the Dockerfile (%s) cannot be empty", dockerfile) end
  if #steps == 0 then shared.refuse(400, "failed to parse Dockerfile: file with no instructions") end
  local begun = false
  for _, step in ipairs(steps) do
    if not set[step.name] and not OTHERS[step.name] then
      shared.refuse(400, "dockerfile parse error line %d: unknown instruction: %s", step.number, step.name)
    end
    if step.name == "FROM" then begun = true elseif step.name ~= "ARG" and not begun then
      shared.refuse(400, "no build stage in current context")
    end
  end
  local function line(message) emit { status = 200, chunk = json.encode(message) .. "\r\n" } end
  local function say(text) if text ~= "" then line { stream = text } end end
  local ok, config = pcall(run_steps, steps, files, query, say)
  if not ok then
    if type(config) ~= "table" or not config.build then error(config, 0) end
    line { errorDetail = { code = config.code, message = config.build }, error = config.build }
    return { status = 200 }
  end
  for name, value in pairs(query.labels and json.decode(query.labels) or {}) do
    config.Labels = config.Labels or {}
    config.Labels[name] = value
  end
  local sums = {}
  for _, path in ipairs(shared.sorted(files)) do
    sums[#sums + 1] = path .. " " .. (files[path] == true and "" or crypto.sha256(files[path]))
  end
  local images = engine.part "images"
  local image = images.add(config, table.concat(sums, "\n"), M.size(files))
  line { aux = { ID = image.id } }
  say(("Successfully built %s\n"):format(image.id:sub(8, 19)))
  for _, tag in ipairs(request.repeated.t or {}) do
    images.tag(image, tag)
    say(("Successfully tagged %s\n"):format(images.reference(tag)))
  end
  return { status = 200 }
end)

return M

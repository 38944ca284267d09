-- SPDX-License-Identifier: Apache-2.0
-- Stack files: the dialect of compose files that a swarm's stacks are written in.
local core = ...
local rb = require "runbook"

local stack = {}

-- One model's making: what its parts share.
local function new_loader(options, folder)
  local problems = core.part "stack/problems"(core, options.lenient)
  local loader = { problems = problems, lenient = options.lenient, dialect = core.part "stack/keys"(), places = {}, bare = {},
                   scalars = core.part "stack/scalars"(), words = core.part "stack/words"() }
  local variables = options.variables
  local paths = core.part "stack/paths"(problems, folder, variables)
  loader.paths = paths
  loader.read = core.part "stack/source"(core, problems)
  loader.interpolate = core.part "stack/interpolate"(problems, variables, options.lenient)
  loader.environment = core.part "stack/environment"(core, problems, variables, paths)
  loader.objects = core.part "stack/objects"(problems, paths)
  loader.merge = core.part "stack/merge"(core, problems, loader)
  return loader
end

-- N of the version 3.N; the newest one where the file has none.
local function minor_of(loader, at, version)
  local newest = loader.dialect.newest
  if version == nil or version == "" or version == "3" then return newest end
  local minor = type(version) == "string" and math.tointeger(tonumber(version:match("^3%.(%d+)$")))
  if minor and minor <= newest and version == "3." .. minor then return minor end
  local got = loader.values.shown(version) .. (type(version) == "number" and " (put it in quotes)" or "")
  loader.problems:add(at:child("version"), ("'version' must be '3.0' to '3.%d', or be left out, got %s"):format(newest, got))
  return newest
end

local function one_file(loader, name, text, order)
  local source, value = loader.read(name, text, order)
  if not value then return nil end
  local problems, at = loader.problems, loader.problems.top(source)
  source.changed = {}
  value = loader.interpolate.walk(at, value, source.changed)
  loader.values = core.part "stack/values"(core, problems, loader.scalars)
  local minor = minor_of(loader, at, value.version)
  local walk = core.part "stack/forms"(core, problems, minor, loader)
  core.part "stack/shapes"(core, problems, loader)
  core.part "stack/ports"(problems, walk.forms, minor)
  core.part "stack/mounts"(problems, walk.forms, minor, loader.paths, loader.places)
  if type(value.version) ~= "string" then value.version = nil end
  local model = walk.check(at, value, loader.dialect.top) or {}
  for service_name, service in pairs(model.services or {}) do loader.environment(at:child("services"):child(service_name), service) end
  loader.objects(at, model)
  model.version = "3." .. minor
  return model, at
end

local function arguments(files, options)
  if type(files) == "string" then files = { files } end
  if type(files) ~= "table" or #files == 0 then
    rb.fail("argument.invalid", "stack.load: expected a file or a list of files, got " .. core.typename(files))
  end
  options = options or {}
  for key in pairs(options) do
    if key ~= "variables" and key ~= "lenient" then
      local near = core.did_you_mean(tostring(key), { "variables", "lenient" })
      rb.fail("argument.invalid", ("stack.load: there is no option '%s'%s"):format(tostring(key), near))
    end
  end
  local variables = {}
  for name, value in pairs(options.variables or {}) do variables[name] = type(value) == "string" and value or tostring(value) end
  return files, { variables = variables, lenient = options.lenient or false }
end

-- What files are called in messages: their last part, unless two have the same.
local function short_names(files)
  local count, names = {}, {}
  for index, file in ipairs(files) do
    names[index] = file:match("[^/]+$") or file
    count[names[index]] = (count[names[index]] or 0) + 1
  end
  for index, file in ipairs(files) do
    if count[names[index]] > 1 then names[index] = file end
  end
  return names
end

local function read_text(file)
  local read, text = pcall(function() return require("machine").here():read(file) end)
  if read then return text end
  local err = core.as_error(text)
  if err.code == "machine.not_found" then rb.fail("stack.missing", err.message) end
  error(text, 0)
end

function stack.load(files, options)
  files, options = arguments(files, options)
  local texts, names = {}, short_names(files)
  for index, file in ipairs(files) do texts[index] = read_text(file) end
  local loader = new_loader(options, files[1]:match("^(.*)/[^/]*$") or (files[1]:sub(1, 1) == "/" and "/" or ""))
  local problems, model = loader.problems, nil
  for order, name in ipairs(names) do
    local one, at = one_file(loader, name, texts[order], order)
    if one and model then
      if one.version ~= model.version then
        problems:add(at:child("version"), ("this file is of version %s, and %s of version %s"):format(one.version, names[1], model.version))
      end
      model = loader.merge(loader.dialect.top, model, one, at)
    end
    model = model or one
  end
  for _, kind in ipairs { "services", "networks", "volumes", "secrets", "configs" } do
    if model then model[kind] = model[kind] or {} end
  end
  if model then core.part "stack/references"(core, problems, loader)(model) end
  problems:raise()
  model.warnings = problems:list_warnings()
  return model
end

-- The engine takes names that are one part of a host's name.
local function check_names(name, model)
  local function sound(text) return text:find("^%w[%w_-]*$") and text:find("%w$") and #text <= 63 end
  if type(name) ~= "string" or not sound(name) then
    rb.fail("argument.invalid", ("stack.objects: '%s' is no name of a stack: letters, digits, '-' and '_' are"):format(tostring(name)))
  end
  local problems = {}
  for key in pairs(model.services) do
    local full = name .. "_" .. key
    if not sound(full) then
      problems[#problems + 1] = ("the service '%s' cannot be called '%s': letters, digits, '-' and '_', at most 63"):format(key, full)
    end
  end
  table.sort(problems)
  if #problems > 0 then rb.fail("stack.invalid", table.concat(problems, "\n")) end
end

function stack.objects(model, name)
  if type(model) ~= "table" or type(model.services) ~= "table" then
    rb.fail("argument.invalid", "stack.objects: expected a model of stack.load, got " .. core.typename(model))
  end
  check_names(name, model)
  local container_spec = core.part "stack/convert_container"()
  local service_spec = core.part "stack/convert_service"(container_spec)
  return core.part "stack/convert"(core, service_spec)(model, name)
end

local PLANNING = { "prune", "resolve_image", "auth", "rotate", "local_volumes" }
local DEPLOYING = table.move(PLANNING, 1, #PLANNING, 4, { "wait", "timeout", "monitor" })

local function checked(what, engine, name, options, known)
  if not core.is_handle(engine) then
    rb.fail("argument.invalid", ("%s: expected an engine of docker.connect, got %s"):format(what, core.typename(engine)))
  end
  if type(name) ~= "string" or name == "" then
    rb.fail("argument.invalid", ("%s: expected the name of a stack, got %s"):format(what, core.typename(name)))
  end
  return core.part "stack/options"(core)(what, options, known)
end

function stack.plan(engine, model, name, options)
  options = checked("stack.plan", engine, name, options, PLANNING)
  return core.part "stack/plan"(core, stack)(engine, model, name, options)
end

function stack.deploy(engine, model, name, options)
  options = checked("stack.deploy", engine, name, options, DEPLOYING)
  return core.part "stack/deploy"(core, stack, core.part "stack/plan"(core, stack))(engine, model, name, options)
end

function stack.remove(engine, name, options)
  options = checked("stack.remove", engine, name, options, { "timeout" })
  return core.part "stack/remove"(core)(engine, name, options)
end

function stack.services(engine, name)
  checked("stack.services", engine, name, nil, {})
  return engine:service_list(core.part "stack/state"(core).filter(name))
end

function stack.tasks(engine, name)
  checked("stack.tasks", engine, name, nil, {})
  return engine:task_list(core.part "stack/state"(core).filter(name))
end

-- Services that are not in the file.
function stack.prune(engine, model, name)
  checked("stack.prune", engine, name, nil, {})
  local wanted, removed = {}, {}
  for _, spec in ipairs(stack.objects(model, name).services) do wanted[spec.Name] = true end
  for _, service in ipairs(stack.services(engine, name)) do
    if not wanted[service.name] then removed[#removed + 1] = service.name end
  end
  table.sort(removed)
  for _, gone in ipairs(removed) do engine:service_remove(gone) end
  return removed
end

function stack.wait(engine, name, options)
  options = checked("stack.wait", engine, name, options, { "timeout", "monitor", "services" })
  local names = options.services
  if not names then
    names = {}
    for _, service in ipairs(stack.services(engine, name)) do names[#names + 1] = service.name end
    if #names == 0 then rb.fail("stack.missing", "there is no stack '" .. name .. "': no service has its label") end
  end
  return engine:service_wait(names, { timeout = options.timeout, monitor = options.monitor })
end

function stack.list(engine)
  local label, counts, made = core.part "stack/state"(core).LABEL, {}, {}
  checked("stack.list", engine, "any", nil, {})
  for _, service in ipairs(engine:service_list { labels = { [label] = "" } }) do
    local name = service.labels[label]
    counts[name] = (counts[name] or 0) + 1
  end
  for name, services in pairs(counts) do made[#made + 1] = { name = name, services = services } end
  table.sort(made, function(a, b) return a.name < b.name end)
  return made
end

return stack

-- SPDX-License-Identifier: Apache-2.0
-- Desired state on top of the plain operations: read, compare, change only what differs.
local M, internal = ...

local call, fail, is_unknown = internal.call, internal.fail, internal.is_unknown

local DEFAULT = "unix:///var/run/docker.sock"

-- What an option of tcp:// may be: a path, a path or a secret, true or false.
local OPTIONS = { certs = "path", ca = "path", cert = "path", key = "key", insecure = "boolean", tls = "boolean" }
local SCHEMES = { "^unix:///.", "^ssh://.", "^tcp://.", "^context://[%w_.+-]*$" }

local function check_options(target, options)
  if type(options) ~= "table" then
    fail("argument.invalid", ("docker.connect: the options must be a table, got %s"):format(type(options)))
  end
  for key, value in pairs(options) do
    local kind, is = OPTIONS[key], type(value)
    if kind == nil then
      fail("argument.invalid", ("docker.connect: there is no option '%s'"):format(tostring(key)))
    elseif not (kind == "boolean" and is == "boolean" or kind ~= "boolean" and is == "string" or kind == "key" and is == "userdata") then
      fail("argument.invalid", ("docker.connect: '%s' is no %s"):format(key, kind == "key" and "path or secret" or kind))
    elseif is == "string" and (value == "" or value:find("-----BEGIN", 1, true)) then
      fail("argument.invalid", ("docker.connect: '%s' must be the path of a file"):format(key))
    end
  end
  if next(options) ~= nil and not target:find("^tcp://") then
    fail("argument.invalid", ("docker.connect: options are for tcp://, and '%s' is none"):format(target), {
      hint = target:find("^context://") and "the certificates of a context stand in its store" or nil,
    })
  end
  if options.tls == false then
    for _, key in ipairs { "certs", "ca", "cert", "key", "insecure" } do
      if options[key] ~= nil then fail("argument.invalid", ("docker.connect: '%s' means nothing without TLS"):format(key)) end
    end
  end
end

-- Relative paths start at the runbook's directory, as everywhere; "~" is the home of whoever runs it.
local function absolute(path)
  if type(path) ~= "string" or path:find("^[/~]") then return path end
  return internal.base .. "/" .. path
end

function M.connect(target, options)
  if target == nil then
    target = DEFAULT
  end
  if type(target) ~= "string" then
    fail("argument.invalid", ("docker.connect: 'target' must be a string, got %s"):format(type(target)))
  end
  local known = false
  for _, scheme in ipairs(SCHEMES) do known = known or target:find(scheme) ~= nil end
  if not known then
    fail("docker.unsupported", ("docker.connect: '%s' is no engine that can be reached"):format(target), {
      hint = "supported: unix:// and the path of a socket, tcp:// and a host with its port, ssh:// and a machine, context:// and a name; "
        .. "for example " .. DEFAULT .. " or ssh://deploy@web1",
    })
  end
  check_options(target, options or {})
  if not target:find("^tcp://") then return internal.handle("Engine", target) end
  local described = { address = target }
  for key, value in pairs(options or {}) do described[key] = OPTIONS[key] ~= "boolean" and absolute(value) or value end
  return internal.handle("Engine", described)
end

local Engine = internal.class("Engine")

-- Connections are pooled by the host and end with the run; a later use of the handle connects again.
function Engine.close() end

-- What of `wanted` the object does not have: lines of a diff.
local function differences(seen, wanted)
  local lines = {}
  local function compare(path, is, want)
    if type(want) == "table" then
      for key, value in pairs(want) do
        compare(path .. "." .. key, type(is) == "table" and is[key] or nil, value)
      end
    elseif tostring(is) ~= tostring(want) then
      if is ~= nil then
        lines[#lines + 1] = ("-%s = %s"):format(path, is)
      end
      lines[#lines + 1] = ("+%s = %s"):format(path, want)
    end
  end
  for key, value in pairs(wanted) do
    compare(key, seen and seen[key], value)
  end
  return table.concat(lines, "\n")
end

local function diff_of(noun, name, seen, wanted)
  local lines = differences(seen, wanted)
  if lines == "" then
    return ""
  end
  local before = seen and (noun .. " " .. name) or "/dev/null"
  return ("--- %s\n+++ %s %s\n%s\n"):format(before, noun, name, lines)
end

-- The container as described. Where it cannot be known yet (the image is not built), a dry run plans what would
-- follow from another image.
internal.compose("container_ensure", function(self, options)
  local engine = internal.target(self)
  local wanted_running = options.running ~= false
  local spec = {}
  for key, value in pairs(options) do
    spec[key] = value
  end
  spec.running = nil

  local seen = call("container_verify", engine, spec)
  local exists, diff
  if is_unknown(seen) then
    local found = call("container_find", engine, { name = options.name })
    if is_unknown(found) then
      return call("container_replace", engine, options)
    end
    exists, diff = found ~= nil, nil
  elseif seen.equal then
    local container = seen.container
    if seen.running == wanted_running then
      return container
    end
    call(wanted_running and "container_start" or "container_stop", engine, { name = options.name })
    return call("container_get", engine, { name = options.name })
  else
    exists, diff = seen.exists, seen.diff
  end

  if exists then
    return call("container_replace", engine, options, { diff = diff })
  end
  local created = call("container_create", engine, spec, { diff = diff })
  if not wanted_running then
    return created
  end
  -- One that cannot be started (its port is taken) would keep the name, and be in the way of the next attempt.
  call("container_start", engine, { name = options.name, or_remove = true })
  if internal.dry_run then
    created.running, created.state = true, "running"
    return created
  end
  return call("container_get", engine, { name = options.name })
end)

internal.compose("image_ensure", function(self, options)
  local engine = internal.target(self)
  local on_line = options.on_line
  options.on_line = nil
  local seen = call("image_verify", engine, options)
  if not is_unknown(seen) and seen.equal then
    local image = seen.image
    image.tag, image.context_hash = options.tag, seen.hash
    return image
  end
  local diff
  if not is_unknown(seen) then
    local before = seen.image and seen.image.labels["runbook.context"]
    diff = ("--- image %s\n+++ image %s\n"):format(options.tag, options.tag)
      .. (before and ("-context %s\n"):format(before) or "")
      .. ("+context %s\n"):format(seen.hash)
  end
  return call("image_build", engine, options, { diff = diff, handlers = on_line and { on_line = on_line } })
end)

-- A network cannot be changed, and taking it away would cut its containers off: what differs is said instead.
internal.compose("network_ensure", function(self, name, options)
  local engine = internal.target(self)
  options = options or {}
  local wanted = {
    driver = options.driver,
    internal = options.internal,
    attachable = options.attachable,
    ipv6 = options.ipv6,
    labels = options.labels,
    options = options.options,
  }
  local seen = call("network_find", engine, { name = name })
  options.name = name
  if is_unknown(seen) then
    return call("network_create", engine, options)
  end
  if seen == nil then
    wanted.driver = wanted.driver or "bridge"
    return call("network_create", engine, options, { diff = diff_of("network", name, nil, wanted) })
  end
  local subnet_differs = options.subnet and seen.subnets[1] ~= options.subnet
  local diff = diff_of("network", name, seen, wanted)
  if diff == "" and not subnet_differs then
    return seen
  end
  fail("docker.conflict", ("network '%s' is there and differs"):format(name), {
    hint = "remove it first, when no container uses it",
    context = { diff = subnet_differs and ("%s-subnet = %s\n+subnet = %s"):format(diff, seen.subnets[1], options.subnet) or diff },
  })
end)

-- The same holds for a volume, which has data in it.
internal.compose("volume_ensure", function(self, name, options)
  local engine = internal.target(self)
  options = options or {}
  local wanted = { driver = options.driver, labels = options.labels, options = options.options }
  local seen = call("volume_find", engine, { name = name })
  options.name = name
  if is_unknown(seen) then
    return call("volume_create", engine, options)
  end
  if seen == nil then
    wanted.driver = wanted.driver or "local"
    return call("volume_create", engine, options, { diff = diff_of("volume", name, nil, wanted) })
  end
  local diff = diff_of("volume", name, seen, wanted)
  if diff == "" then
    return seen
  end
  fail("docker.conflict", ("volume '%s' is there and differs"):format(name), {
    hint = "a volume cannot be changed: take its data to another one",
    context = { diff = diff },
  })
end)

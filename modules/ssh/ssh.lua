-- SPDX-License-Identifier: Apache-2.0
-- Destinations; forwarded sockets; trust in a server's key: read what is known, compare, add only what is missing; files behind
-- SFTP.
local M, internal = ...

local call, fail, is_unknown = internal.call, internal.fail, internal.is_unknown

-- What an option may be; "secret" stands for what has no other type, "list" for a string or several.
local OPTIONS = {
  user = "string", port = "number", identity = "string", password = "secret", passphrase = "secret", known_hosts = "string",
  host_key = "string", jump = "list", connect_timeout = "duration", alive_interval = "duration", config = "path or false",
}

local function fits(value, kind)
  local is = math.type(value) or type(value)
  if kind == "secret" then return is == "string" or is == "userdata" end
  if kind == "number" then return is == "integer" end
  -- Neither NaN nor for ever.
  if kind == "duration" then return is == "string" or is == "integer" or is == "float" and value - value == 0 end
  if kind == "path or false" then return is == "string" or value == false end
  if kind ~= "list" then return is == kind end
  if is == "string" then return true end
  if is ~= "table" or #value == 0 then return false end
  for _, item in ipairs(value) do
    if type(item) ~= "string" then return false end
  end
  return true
end

-- user, host and port of "deploy@web1:2222", "[2001:db8::1]:22" or "ssh://web1".
local function parse_address(address)
  local rest = address:gsub("^ssh://", ""):gsub("/$", "")
  local user, place = rest:match "^([^@]+)@(.+)$"
  place = place or rest
  local host, after = place:match "^%[([%x:.%%%w]+)%](.*)$"
  if not host then host, after = place:match "^([^:/@%s%c]+)(.*)$" end
  -- More than one colon: an IPv6 address without a port.
  if place:find "^[%x:.]+$" and place:find ":.*:" then host, after = place, "" end
  local number = after and tonumber(after:match "^:(%d+)$")
  if not host or after ~= "" and not number then return nil end
  if host:find "^%-" or user and (user:find "[%s%c:]" or user:find "^%-") then return nil end
  if number and (number < 1 or number > 65535) then return nil end
  return user, host, number
end

local function check_options(name, options)
  if type(options) ~= "table" then
    fail("argument.invalid", ("%s: the options must be a table, got %s"):format(name, type(options)))
  end
  for key, value in pairs(options) do
    local kind = OPTIONS[key]
    if kind == nil then
      fail("argument.invalid", ("%s: there is no option '%s'"):format(name, tostring(key)))
    elseif not fits(value, kind) then
      fail("argument.invalid", ("%s: '%s' is no %s"):format(name, key, kind))
    end
  end
  if options.host_key ~= nil and options.host_key ~= "strict" and options.host_key ~= "accept-new" then
    fail("argument.invalid", ("%s: 'host_key' must be \"strict\" or \"accept-new\", got '%s'"):format(name, options.host_key))
  end
  if options.port and (options.port < 1 or options.port > 65535) then
    fail("argument.invalid", ("%s: 'port' must be between 1 and 65535, got %d"):format(name, options.port))
  end
  if options.user and (options.user == "" or options.user:find "[%s%c:]" or options.user:find "^%-") then
    fail("argument.invalid", ("%s: 'user' is no name of a user: '%s'"):format(name, options.user))
  end
  for _, jump in ipairs(type(options.jump) == "table" and options.jump or { options.jump }) do
    local _, host = parse_address(jump)
    if not host then fail("argument.invalid", ("%s: 'jump': '%s' is no address of a machine"):format(name, jump)) end
  end
end

-- Relative paths start at the runbook's directory, as everywhere; "~" is the home of whoever runs it.
local function absolute(path)
  if not path or path:find "^[/~]" then return path end
  return internal.base .. "/" .. path
end

function M.destination(address, options, name)
  name = name or "ssh.destination"
  if type(address) ~= "string" then
    fail("argument.invalid", ("%s: the address must be a string, got %s"):format(name, type(address)))
  end
  options = options or {}
  check_options(name, options)
  local user, host, port = parse_address(address)
  if not host then
    fail("argument.invalid", ("%s: '%s' is no address of a machine"):format(name, address), {
      hint = 'for example "deploy@web1" or "web1:2222"',
    })
  end
  local target = {}
  for key, value in pairs(options) do target[key] = value end
  target.address, target.host = address, host
  target.user, target.port = options.user or user, options.port or port
  target.identity, target.known_hosts = absolute(options.identity), absolute(options.known_hosts)
  if options.config then target.config = absolute(options.config) end
  if type(options.jump) == "string" then target.jump = { options.jump } end
  return target
end

function M.sftp(address, options)
  local target = M.destination(address, options, "ssh.sftp")
  target.kind = "sftp"
  return internal.handle("Files", target)
end

local handles = 0
function M.forward(machine, to)
  local ok, target = pcall(internal.target, machine)
  if not ok or type(target) ~= "table" or target.kind ~= "ssh" then
    fail("argument.invalid", "ssh.forward: the machine must be a handle that machine.ssh gave")
  end
  if type(to) ~= "string" then
    fail("argument.invalid", ("ssh.forward: 'to' must be a string, got %s"):format(type(to)), {
      hint = 'a port as that machine sees it ("localhost:5432"), or the absolute path of a socket there',
    })
  end
  -- Whoever closes a handle closes none of another's on the same socket.
  handles = handles + 1
  target.to, target.handle = to, handles
  return internal.handle("Forward", target)
end

local REFUSALS = {
  changed = {
    words = "%s has another key in %s:%d: %s",
    hint = "where the machine was made anew, ssh.known_host_remove takes the old one out",
  },
  revoked = { words = "the key of %s is revoked in %s:%d", hint = "do not log in there; it may be in somebody else's hands" },
  authority = {
    words = "%s is vouched for by a certificate authority in %s:%d, and host certificates are not supported",
    hint = "ssh.known_host_add adds the key itself",
  },
}

internal.compose("known_host_ensure", function(address, options)
  local where = { address = address, known_hosts = options.known_hosts, config = options.config }
  local function with(key)
    return { address = address, known_hosts = where.known_hosts, config = where.config, key = key }
  end
  if (options.fingerprint == nil) == (options.key == nil) then
    fail("argument.invalid", "ssh.known_host_ensure: give either 'fingerprint' or 'key'", {
      hint = "a cloud's console or the machine itself ('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub') shows them",
    })
  end
  local key = options.key
  if key == nil then
    local shown = call("host_key", nil, { address = address, config = options.config })
    if is_unknown(shown) then
      return call("known_host_add", nil, with(shown))
    end
    if shown.fingerprint ~= options.fingerprint then
      local words = ("the host key of %s is %s (%s), and %s was expected"):format(address, shown.fingerprint, shown.type,
        options.fingerprint)
      fail("ssh.host_key", words, {
        hint = ("somebody may be in between, or a key of another type than %s was meant; nothing was added"):format(shown.type),
        context = { host = address, fingerprint = shown.fingerprint, type = shown.type },
      })
    end
    key = shown.key
  end
  local seen = call("known_host_find", nil, with(key))
  if is_unknown(seen) or seen.state == "unknown" or seen.state == "other_type" then
    return call("known_host_add", nil, with(key))
  end
  local refusal = REFUSALS[seen.state]
  if refusal then
    fail("ssh.host_key", refusal.words:format(address, seen.file, seen.line, seen.known), {
      hint = refusal.hint,
      context = { host = address, state = seen.state },
    })
  end
  return { file = seen.file, changed = false }
end)

-- Compares the two ends, moves what differs, and changes the mode alone where only that does.
local function transfer(verify, move, self, from, to, options)
  local target = internal.target(self)
  local args = { from = from, to = to }
  for _, key in ipairs { "mode", "verify", "atomic", "timeout" } do args[key] = options[key] end
  local seen = call(verify, target, { from = from, to = to, mode = options.mode, verify = options.verify, timeout = options.timeout })
  if is_unknown(seen) then
    call(move, target, args)
  elseif not seen.content then
    call(move, target, args, { diff = seen.diff })
  elseif not seen.mode then
    call("attributes_update", target, { path = to, mode = options.mode }, { diff = seen.diff })
  end
  return { path = to }
end

internal.compose("upload", function(self, from, to, options)
  return transfer("upload_verify", "file_put", self, from, to, options)
end)

internal.compose("download", function(self, from, to, options)
  return transfer("download_verify", "file_fetch", self, from, to, options)
end)

internal.compose("directory_ensure", function(self, path, options)
  local target = internal.target(self)
  local seen = call("find", target, { path = path })
  if is_unknown(seen) or seen == nil then
    call("directory_create", target, { path = path, mode = options.mode })
  elseif seen.type ~= "directory" then
    fail("ssh.not_directory", ("'%s' is there and is a %s"):format(path, seen.type), { context = { path = path } })
  elseif options.mode and tonumber(options.mode, 8) ~= tonumber(seen.mode, 8) then
    call("attributes_update", target, { path = path, mode = options.mode })
  end
  return { path = path }
end)

-- Files are named as for machine.ssh.
for _, name in ipairs { "host_key", "known_host_find", "known_host_add", "known_host_remove", "known_host_ensure" } do
  local bare = M[name]
  M[name] = function(address, options)
    if type(options) ~= "table" then return bare(address, options) end
    local copy = {}
    for key, value in pairs(options) do copy[key] = value end
    for _, key in ipairs { "known_hosts", "config" } do
      if type(copy[key]) == "string" then copy[key] = absolute(copy[key]) end
    end
    return bare(address, copy)
  end
end

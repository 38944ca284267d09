-- SPDX-License-Identifier: Apache-2.0
-- The way to a simulated machine over SSH, which fails as the real one does (host/ssh/login). `find(host, port)` gives the
-- machine, `parsed(name)` user, host and port, `declared_names()` what there is.
local sim, find, parsed, declared_names = ...

local CONNECT_TIMEOUT = 15

-- Who is meant, as the errors of the real connection name it.
local function shown(user, host, port) return (user and user .. "@" or "") .. host .. (port and ":" .. port or "") end

local function unreachable(host, port, why, hint)
  sim.fail("ssh.unreachable", ("cannot connect to '%s' port %d: %s"):format(host, port or 22, why),
    { hint = hint, context = { host = host }, retryable = true })
end

local CHANGED = "somebody may be listening in, or the machine was made anew; if you know why, remove the old key with "
  .. "'ssh-keygen -R %s' and take the new one up after comparing its fingerprint"
local UNKNOWN = "compare it with 'ssh-keygen -lf' on the machine, and add it to ~/.ssh/known_hosts ('ssh-keyscan %s' prints the line)"

local function wrong_key(key, name, host)
  local changed = key == "changed"
  local why = changed and "has changed: it is SHA256:simulated (ssh-ed25519), and ~/.ssh/known_hosts:1 says SHA256:former"
    or "is not known: SHA256:simulated (ssh-ed25519)"
  sim.fail("ssh.host_key", ("the host key of %s %s"):format(name, why),
    { hint = (changed and CHANGED or UNKNOWN):format(host), context = { host = name, fingerprint = "SHA256:simulated" } })
end

local function may_log_in(host, user)
  local users = host.given.users
  if host.login == user or users and users[user] then return true end
  return user == "root" and not host.login and not users
end

local function connect(request)
  local host = find(request.host, request.port)
  local name = shown(request.user, request.host, request.port)
  if not host then
    unreachable(request.host, request.port, "it is not simulated",
      ("give simulate { machines = { [\"%s\"] = {} } }; %s"):format(name, declared_names()))
  end
  local faults, timeout = host.faults, request.connect_timeout and sim.seconds(request.connect_timeout) or CONNECT_TIMEOUT
  local context = { host = name }
  if faults.refuses then
    unreachable(request.host, request.port, "Connection refused", "is it up, and does sshd listen on that port?")
  end
  if faults.hangs then
    sim.sleep(timeout)
    sim.fail("ssh.timeout", ("%s took the connection, and the key exchange did not end within %s"):format(name, sim.duration_text(timeout)),
      { hint = "is it an SSH server, and is it well?", context = context, retryable = true })
  end
  if faults.key == "unknown" and request.host_key == "accept-new" then faults.key = nil end
  if faults.key then wrong_key(faults.key, name, request.host) end
  local user = request.user or host.login or "root"
  if faults.denies or not may_log_in(host, user) then
    context.user = user
    local hint = "it takes: publickey"
    if not faults.denies then
      hint = ("who may log in: simulate { machines = { [\"%s\"] = { users = { %s = 1000 } } } }"):format(host.name, user)
    end
    sim.fail("ssh.auth", name .. " refuses the login of '" .. user .. "'; tried: the simulated key", { hint = hint, context = context })
  end
  if faults.latency then sim.sleep(faults.latency) end
  return host, user, name
end

local function through(request)
  for _, jump in ipairs(request.jump or {}) do
    local first = { connect_timeout = request.connect_timeout, host_key = request.host_key }
    first.user, first.host, first.port = parsed(jump)
    local ok, why = pcall(connect, first)
    if not ok then
      local name = shown(request.user, request.host, request.port)
      sim.fail("ssh.unreachable", ("cannot reach %s by way of %s: %s"):format(name, jump, why.message),
        { hint = why.hint, context = { host = name }, retryable = why.retryable })
    end
  end
end

-- Answers {kind = "machine"}: who has come to which machine, and how it is.
return function(request)
  through(request)
  local host, user, name = connect(request)
  local faults, lost = host.faults, false
  if request.operation and faults.drops_after then
    lost = faults.drops_after == 0
    faults.drops_after = not lost and faults.drops_after - 1 or nil
  end
  return {
    machine = host.name, name = name, user = user, sudo = faults.sudo ~= false, sudo_password = faults.sudo_password,
    full = faults.full, lost = lost,
  }
end

-- SPDX-License-Identifier: Apache-2.0
-- Forwarded sockets, and trust in a server's key: read what is known, compare, add only what is missing.
local M, internal = ...

local call, fail, is_unknown = internal.call, internal.fail, internal.is_unknown

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
  target.to = to
  return internal.handle("Forward", target)
end

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
      fail("ssh.host_key", ("the host key of %s is %s, and %s was expected"):format(address, shown.fingerprint, options.fingerprint), {
        hint = "somebody may be in between; nothing was added",
        context = { host = address, fingerprint = shown.fingerprint },
      })
    end
    key = shown.key
  end
  local seen = call("known_host_find", nil, with(key))
  if is_unknown(seen) or seen.state == "unknown" or seen.state == "other_type" then
    return call("known_host_add", nil, with(key))
  end
  if seen.state ~= "known" then
    fail("ssh.host_key", ("%s has another key in %s: %s"):format(address, seen.file, seen.known), {
      hint = "where the machine was made anew, ssh.known_host_remove takes the old one out",
      context = { host = address, state = seen.state },
    })
  end
  return { file = seen.file, changed = false }
end)

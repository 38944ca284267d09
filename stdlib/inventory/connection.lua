-- SPDX-License-Identifier: Apache-2.0
-- What an inventory says of the way to its hosts: checked where it is written, and not when a host is connected to.
local core, problem, with = ...

local connection = {}

local SECRET = { password = true, passphrase = true }
local DURATION = { connect_timeout = true, alive_interval = true }

-- Nil where it may be; else what is wrong with it, in the words of the module that connects.
local function refusal(address, options)
  local there, ssh = pcall(require, "ssh")
  if not there then return nil end
  local ok, err = pcall(ssh.destination, address, options, "ssh")
  return not ok and core.as_error(err).message:gsub("^ssh: ", "") or nil
end

function connection.check_address(address, path)
  local plain = type(address) == "string" and address ~= "" and not address:find("[%c%s]") and not address:find("^%-") and
    not address:find("@%-")
  if not plain then
    problem(path, "'address' must be [user@]host[:port], without blanks, control characters or a leading dash")
  else
    local why = refusal(address)
    if why then problem(path, why) end
  end
end

local function problem_of(key, value)
  if value == core.null then return ("'%s' has no value"):format(tostring(key)) end
  if SECRET[key] and type(value) == "string" then
    -- It would be kept in journals, plans and cassettes as it stands.
    return ("'%s' must not be plain text: use a key or the agent, or a function that gives the inventory, with rb.secret"):format(key)
  end
  local why = refusal("host", { [key] = value })
  if why or not DURATION[key] then return why end
  local ok, seconds = pcall(core.duration, key, value)
  return not (ok and seconds > 0) and ("'%s' must be a duration: seconds, or text such as \"10s\""):format(key) or nil
end

-- `ssh` of a host, of a group or of all.
function connection.check_options(options, path)
  local keys = {}
  for key in pairs(options) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    local why = problem_of(key, options[key])
    if why then problem(with(path, key), why) end
  end
  return options
end

return connection

-- SPDX-License-Identifier: Apache-2.0
-- Volumes of a service: "name:/path:ro", "./folder:/path", "/path", or the long form -> { type, source, target, ... }.
local problems, forms, minor, paths, places = ...

local PROPAGATION = { private = true, rprivate = true, shared = true, rshared = true, slave = true, rslave = true }

-- Adds what one option says; false where it says nothing.
local function option(mount, word)
  if word == "ro" or word == "rw" then
    mount.read_only = word == "ro"
  elseif word == "nocopy" then
    mount.volume = { nocopy = true }
  elseif PROPAGATION[word] then
    mount.bind = { propagation = word }
  else
    return false
  end
  return true
end

local function short(at, text)
  local fields = {}
  for field in (text .. ":"):gmatch("(.-):") do fields[#fields + 1] = field end
  if #fields == 2 and fields[1]:find("^%a$") then
    local message = "%s: '%s' before a colon is read as a drive of Windows; give the volume a longer name"
    problems:doubt(at, message:format(forms.label(at), fields[1]))
  end
  -- The colon of a drive.
  for index = 1, 2 do
    if fields[index + 1] and fields[index]:find("^%a$") then fields[index] = fields[index] .. ":" .. table.remove(fields, index + 1) end
  end
  for _, field in ipairs(fields) do
    if field == "" then return problems:add(at, ("%s: there is nothing between the colons of '%s'"):format(forms.label(at), text)) end
  end
  if #fields > 3 then return problems:add(at, ("%s: there are too many colons in '%s'"):format(forms.label(at), text)) end
  if #fields == 1 then return { type = "volume", target = fields[1] } end
  local bind = fields[1]:find("^[./~]") or fields[1]:find("^%a:")
  local mount = { source = fields[1], target = fields[2], type = bind and "bind" or "volume" }
  for word in (fields[3] or ""):gmatch("[^,]+") do
    if not option(mount, word) then
      problems:doubt(at, ("%s: the option '%s' is not known, and ignored"):format(forms.label(at), word))
    end
  end
  return mount
end

-- Which options belong to which type, and whether it has a source.
local TYPES = {
  volume = { volume = true }, bind = { bind = true, source = true }, tmpfs = { tmpfs = true, source = false }, cluster = { source = true },
  npipe = { bind = true, source = true }, image = { source = true },
}

local function check_type(at, mount)
  local rules = TYPES[mount.type]
  for _, key in ipairs { "bind", "volume", "tmpfs" } do
    if mount[key] and not rules[key] then
      problems:add(at, ("%s: '%s' is not for mounts of the type '%s'"):format(forms.label(at), key, mount.type))
    end
  end
  local given = mount.source ~= nil and mount.source ~= ""
  if rules.source and not given then
    problems:add(at, ("%s: a mount of the type '%s' needs a 'source'"):format(forms.label(at), mount.type))
  end
  if rules.source == false and given then problems:add(at, ("%s: a tmpfs has no 'source'"):format(forms.label(at))) end
  if not mount.target or mount.target == "" then
    problems:doubt(at, ("%s: 'target' is missing"):format(forms.label(at)))
  elseif mount.target:sub(1, 1) ~= "/" and not mount.target:find("^%a:") then
    problems:doubt(at, ("%s: the path inside must begin with '/', got '%s'"):format(forms.label(at), mount.target))
  end
  if mount.type == "bind" and given then mount.source = paths.resolve(at, mount.source, true) end
end

function forms.mount(at, value, rule)
  local mount
  if type(value) == "string" then
    mount = short(at, value)
  else
    if type(value) == "table" and minor < rule.long_since then
      problems:add(at, ("%s: the long form came with version 3.%d"):format(forms.label(at), rule.long_since))
    end
    mount = forms.map(at, value, rule)
  end
  if mount then
    places[mount] = at
    if TYPES[mount.type] then check_type(at, mount) end
  end
  return mount
end

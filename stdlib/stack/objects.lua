-- SPDX-License-Identifier: Apache-2.0
-- Networks, volumes, secrets and configs of one file: what each is called outside, and what excludes what.
local problems, paths = ...

local WHAT = { networks = "network", volumes = "volume", secrets = "secret", configs = "config" }

-- external: { name: x } is the older form of external: true with name: x.
local function resolve_external(at, what, key, entry)
  local external = entry.external
  if type(external) == "table" then
    if external.name and entry.name then
      problems:add(at:child("external"), ("the %s '%s' has a name twice; leave out the one under 'external'"):format(what, key))
    elseif external.name and external.name ~= "" then
      problems:warn(at:child("external"), "'external.name' is deprecated: write 'external: true' and 'name'")
      entry.name = external.name
    end
    entry.external = true
  end
  if entry.external then entry.name = entry.name or key end
end

local function check_volume(at, key, entry)
  for _, other in ipairs { "driver", "driver_opts", "labels" } do
    local given = entry[other]
    if entry.external and given and given ~= "" and not (type(given) == "table" and next(given) == nil) then
      problems:add(at:child(other), ("the volume '%s' is external, so its '%s' is not made here"):format(key, other))
    end
  end
end

local function check_content(at, what, key, entry)
  if entry.external then
    if entry.file then problems:doubt(at:child("file"), ("the %s '%s' is external, so its 'file' is not read"):format(what, key)) end
  elseif entry.driver and entry.driver ~= "" then
    if entry.file then problems:add(at:child("file"), ("the %s '%s' has a 'driver' and a 'file'"):format(what, key)) end
  elseif not entry.file or entry.file == "" then
    problems:add(at, ("the %s '%s' has no 'file', and is not external"):format(what, key))
  else
    entry.file = paths.resolve(at:child("file"), entry.file)
  end
end

return function(at, model)
  for kind, what in pairs(WHAT) do
    for key, entry in pairs(model[kind] or {}) do
      local here = at:child(kind):child(key)
      resolve_external(here, what, key, entry)
      if kind == "volumes" then check_volume(here, key, entry) end
      if kind == "secrets" or kind == "configs" then check_content(here, what, key, entry) end
    end
  end
end

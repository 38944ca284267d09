-- SPDX-License-Identifier: Apache-2.0
-- What an engine of an older API takes without a word and does not keep, so that it would seem to differ for ever; and what it
-- refuses when the rest has been made.
local CONTAINER = { "TaskTemplate", "ContainerSpec" }
local NEWER = {
  { minor = 41, path = CONTAINER, key = "CapabilityAdd", written = "cap_add" },
  { minor = 41, path = CONTAINER, key = "CapabilityDrop", written = "cap_drop" },
  { minor = 41, path = CONTAINER, key = "Ulimits", written = "ulimits" },
  { minor = 41, path = { "TaskTemplate", "Resources", "Limits" }, key = "Pids", written = "limits.pids" },
  { minor = 44, path = { "TaskTemplate", "ContainerSpec", "Healthcheck" }, key = "StartInterval", written = "healthcheck.start_interval" },
  { minor = 46, path = CONTAINER, key = "OomScoreAdj", written = "oom_score_adj" },
}
local MODES = { ReplicatedJob = "replicated-job", GlobalJob = "global-job" }
local MOUNTS = { cluster = 42, image = 48 }

local function refused(name, what, minor, needed)
  return ("'%s' has %s, which engines have from API 1.%d on; this one has 1.%d"):format(name, what, needed, minor)
end

-- Takes out of the spec what is forgotten, and calls warn(text) for each; and problem(text) for what is refused. `minor`: the
-- engine's API is 1.N.
return function(spec, minor, warn, problem)
  for _, newer in ipairs(NEWER) do
    local map = spec
    for _, key in ipairs(newer.path) do map = map and map[key] end
    if map and map[newer.key] ~= nil and minor < newer.minor then
      map[newer.key] = nil
      warn(("'%s' of '%s' has no effect: engines have it from API 1.%d on, and this one has 1.%d"):format(newer.written, spec.Name,
        newer.minor, minor))
    end
  end
  for mode, written in pairs(MODES) do
    if spec.Mode[mode] and minor < 41 then problem(refused(spec.Name, "the mode '" .. written .. "'", minor, 41)) end
  end
  for _, mount in ipairs(spec.TaskTemplate.ContainerSpec.Mounts or {}) do
    mount.Consistency = nil
    local needed = MOUNTS[mount.Type]
    if needed and minor < needed then problem(refused(spec.Name, "a mount of the type '" .. mount.Type .. "'", minor, needed)) end
  end
end

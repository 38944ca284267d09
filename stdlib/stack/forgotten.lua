-- SPDX-License-Identifier: Apache-2.0
-- What an engine takes without a word and does not keep: it would seem to differ for ever.
local NEWER = {
  { minor = 44, path = { "TaskTemplate", "ContainerSpec", "Healthcheck" }, key = "StartInterval", written = "healthcheck.start_interval" },
  { minor = 46, path = { "TaskTemplate", "ContainerSpec" }, key = "OomScoreAdj", written = "oom_score_adj" },
}

-- Takes it out of the spec; `minor` is the engine's API 1.N. Calls warn(text) for each.
return function(spec, minor, warn)
  for _, newer in ipairs(NEWER) do
    local map = spec
    for _, key in ipairs(newer.path) do map = map and map[key] end
    if map and map[newer.key] ~= nil and minor < newer.minor then
      map[newer.key] = nil
      warn(("'%s' of '%s' has no effect: this engine is too old for it"):format(newer.written, spec.Name))
    end
  end
  for _, mount in ipairs(spec.TaskTemplate.ContainerSpec.Mounts or {}) do mount.Consistency = nil end
end

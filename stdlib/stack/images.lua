-- SPDX-License-Identifier: Apache-2.0
-- Which image a service is to run: that of the tag as the registry has it now, or the one that it runs.
local core, warn = ...
local rb = require "runbook"

local M = {}

-- The registry of an image: its first part, where that is a host.
function M.registry(image)
  local host = image:match("^([^/]+)/")
  return host and (host == "localhost" or host:find("[.:]")) and host or "docker.io"
end

-- A function that gives the credentials for an image.
function M.credentials(auth)
  if not auth then return function() end end
  if type(auth) == "function" then return function(image) return auth(M.registry(image)) end end
  if type(auth) ~= "table" then return function(image) return require("docker").credentials(M.registry(image)) end end
  return function() return auth end
end

local function keep(spec, running)
  local task, from = spec.TaskTemplate, running.raw.Spec.TaskTemplate
  task.ContainerSpec.Image = from.ContainerSpec.Image
  task.Placement.Platforms = from.Placement and from.Placement.Platforms or nil
end

local function ask(engine, spec, auth)
  local image = spec.TaskTemplate.ContainerSpec.Image
  local found, err = rb.try(function() return engine:image_digest(image, auth and { auth = auth } or nil) end)
  if core.is_unknown(found) then return true end
  if not found then return false, err end
  if not image:find("@", 1, true) then spec.TaskTemplate.ContainerSpec.Image = image .. "@" .. found.digest end
  local platforms = {}
  for index, one in ipairs(found.platforms or {}) do
    -- Nodes with ARM name their architecture more exactly than images do.
    local architecture = one.architecture ~= "arm" and one.architecture or nil
    platforms[index] = { Architecture = architecture, OS = one.os }
  end
  if #platforms > 0 then spec.TaskTemplate.Placement.Platforms = platforms end
  return true
end

-- `running`: the service as it is, or nil.
function M.resolve(engine, spec, running, how, auth)
  local same = running and running.labels["com.docker.stack.image"] == spec.Labels["com.docker.stack.image"]
  if how == "never" or (how == "changed" and same) then
    if same then keep(spec, running) end
    return
  end
  local done, err = ask(engine, spec, auth)
  if done then return end
  local image = spec.TaskTemplate.ContainerSpec.Image
  if same then
    keep(spec, running)
    warn(("the registry does not say what '%s' is now, so '%s' stays with what it runs: %s"):format(image, spec.Name, err.message))
  else
    warn(("the registry does not say what '%s' is, so each node of '%s' may take another one: %s"):format(image, spec.Name, err.message))
  end
end

return M

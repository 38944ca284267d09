-- SPDX-License-Identifier: Apache-2.0
-- Updates of the services of a simulated swarm: some tasks at a time, watched for a while, stopped or taken back where
-- they fail.
local sim, shared, engine = ...

local M = {}

local function seconds(nanoseconds, fallback) return nanoseconds and nanoseconds / 1e9 or fallback end

local function status(service, state, message, ended)
  local before = service.UpdateStatus or {}
  service.UpdateStatus = { State = state, Message = message, StartedAt = before.StartedAt or shared.moment(sim.now()),
    CompletedAt = ended and shared.moment(sim.now()) or nil }
  engine.part("swarm").touch(service)
end

function M.begin(service, manual, words)
  local tasks, keys = engine.part "swarm_tasks", {}
  service.updater, service.UpdateStatus = nil, nil
  for key, task in pairs(tasks.current(service)) do
    if tasks.is_dirty(service, task) then keys[#keys + 1] = key end
  end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  local back = manual or words
  if #keys == 0 then
    if back then status(service, "rollback_completed", "rollback completed", true) end
    return
  end
  local config = service.Spec[back and "RollbackConfig" or "UpdateConfig"] or { Parallelism = 1, FailureAction = "pause" }
  service.updater = { keys = keys, total = #keys, config = config, back = back ~= nil and back ~= false, active = {}, watched = {},
    failures = 0, next_at = 0 }
  status(service, back and "rollback_started" or "updating", back or "update in progress")
end

local function failed(service, updater, task)
  updater.failures = updater.failures + 1
  local config = updater.config
  local action = config.FailureAction or "pause"
  if action == "continue" or updater.failures / updater.total <= (config.MaxFailureRatio or 0) then return false end
  local words = " due to failure or early termination of task " .. task.ID
  service.updater = nil
  if updater.back then
    status(service, "rollback_paused", "rollback paused" .. words, true)
  elseif action == "rollback" and service.PreviousSpec then
    service.Spec, service.PreviousSpec = service.PreviousSpec, service.Spec
    M.begin(service, nil, "update rolled back" .. words)
  else
    status(service, "paused", "update paused" .. words)
  end
  return true
end

local function has_failed(task)
  local state = task.Status.State
  return state == "failed" or state == "rejected" or state == "complete"
end

local function watch(service, updater)
  local monitor = seconds(updater.config.Monitor, 5)
  for task in pairs(updater.watched) do
    if has_failed(task) then
      updater.watched[task], updater.active[task] = nil, nil
      if failed(service, updater, task) then return true end
    elseif task.Status.State == "running" then
      if updater.active[task] then
        updater.active[task], updater.next_at = nil, sim.now() + seconds(updater.config.Delay, 0)
        updater.last_at = sim.now()
      end
      if sim.now() - updater.last_at >= monitor then updater.watched[task] = nil end
    end
  end
end

local function count(map)
  local number = 0
  for _ in pairs(map) do number = number + 1 end
  return number
end

function M.go_on(service)
  local updater, tasks = service.updater, engine.part "swarm_tasks"
  if not updater or watch(service, updater) then return end
  local at_once = (updater.config.Parallelism or 0) > 0 and updater.config.Parallelism or math.huge
  while #updater.keys > 0 and count(updater.active) < at_once and sim.now() >= updater.next_at do
    local task = tasks.current(service)[table.remove(updater.keys, 1)]
    if task then
      local fresh = tasks.replace(service, task)
      updater.active[fresh], updater.watched[fresh] = true, true
    end
  end
  if #updater.keys == 0 and next(updater.watched) == nil then
    service.updater = nil
    status(service, updater.back and "rollback_completed" or "completed", updater.back and "rollback completed" or "update completed", true)
  end
end

return M

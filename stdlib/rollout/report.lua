-- SPDX-License-Identifier: Apache-2.0
-- What became of the hosts of a rollout: told as it happens, summed up at the end, also of one that is broken off.
local core, title, jobs, sizes, most, telling = ...

local report = { failed = 0 }

-- An earlier run that is told again is no news.
local function emit(event)
  if not telling then core.emit(event) end
end

local function is_unreachable(err)
  while err do
    if err.code:find("^ssh%.") then return true end
    err = err.cause
  end
  return false
end

function report.began(job)
  job.state, job.started = "running", core.monotonic()
  job.before, job.planned_before = core.step_tally(job.path)
  emit { event = "host.start", rollout = title, host = job.name, path = job.path }
end

local function result_of(job)
  return { event = "host.end", rollout = title, host = job.name, path = job.path, state = job.state, changed = job.changed,
           planned = job.planned, earlier = job.earlier, seconds = job.seconds, error = job.error }
end

function report.ended(job, outcome, id)
  job.seconds = core.monotonic() - job.started
  local changed, planned = core.step_tally(job.path)
  job.changed, job.planned = changed - job.before, planned - job.planned_before
  if outcome.ok then
    job.result = outcome[1]
    job.earlier = not job.ran or nil
    job.state = job.changed + job.planned > 0 and "changed" or "ok"
  elseif outcome.error.code == "plan.unknown" then
    -- The others are planned to their ends first.
    report.unknown = report.unknown or id
    job.state = job.planned > 0 and "changed" or "ok"
  elseif outcome.error.code == "undo.stop" then
    report.stopped = outcome.error
    job.state = "cancelled"
  elseif outcome.error.code == "cancelled" then
    job.state = "cancelled"
  else
    job.error = outcome.error
    job.state = is_unreachable(outcome.error) and "unreachable" or "failed"
    report.failed = report.failed + 1
    if report.failed > most and not telling then
      report.why = most == 0 and "a host failed" or ("more than %d hosts failed"):format(most)
    end
  end
  emit(result_of(job))
end

-- Whether a further batch may begin after this one.
function report.judge(first, last, canary)
  if telling or report.why then return end
  local bad = 0
  for index = first, last do
    if jobs[index].error then bad = bad + 1 end
  end
  if bad > 0 and canary then
    report.why = "the canary failed"
  elseif bad > 0 and bad == last - first + 1 and last < #jobs then
    report.why = "every host of a batch failed"
  end
end

function report.any_ran(first, last)
  for index = first, last do
    if jobs[index].ran then return true end
  end
  return false
end

local function summary()
  local out = { event = "rollout.end", title = title, total = #jobs, ok = 0, changed = 0, failed = 0, unreachable = 0, skipped = 0,
                cancelled = 0, earlier = 0, why = report.why, hosts = {} }
  for index, job in ipairs(jobs) do
    if job.state == "running" then job.state = "cancelled" end
    out[job.state] = out[job.state] + 1
    if job.earlier then out.earlier = out.earlier + 1 end
    out.hosts[index] = { host = job.name, state = job.state, changed = job.changed, seconds = job.seconds, error = job.error }
  end
  return out
end

-- Also when it is left by an error, or cancelled.
local function close()
  if not report.told then emit(summary()) end
  report.told = true
end

local function names_of(bad)
  local names = {}
  for index, job in ipairs(bad) do
    if index > 20 then
      names[#names + 1] = "and " .. #bad - 20 .. " more"
      break
    end
    names[index] = job.name
  end
  return table.concat(names, ", ")
end

-- The error that the rollout ends with, or nil.
local function failure(counts)
  local bad = {}
  for _, job in ipairs(jobs) do
    if job.error then bad[#bad + 1] = job end
  end
  if #bad == 0 then return nil end
  local some = counts.ok + counts.changed > 0
  -- What is refused everywhere is no matter of the hosts.
  local refused = not some
  for _, job in ipairs(bad) do refused = refused and job.error.code == "permission.denied" end
  if refused then return bad[1].error end
  local message = ("%d of %d hosts failed"):format(#bad, #jobs)
  if counts.skipped > 0 then message = message .. (", %d not begun: %s"):format(counts.skipped, report.why) end
  return { code = some and "rollout.partial" or "rollout.failed", message = message,
           options = { context = { hosts = names_of(bad) }, cause = #bad == 1 and bad[1].error or nil } }
end

function report.conclude(collect)
  if report.unknown then error(core.outcome(report.unknown).error, 0) end
  if report.stopped then core.undo_stop(report.stopped.message) end
  local counts = summary()
  emit(counts)
  report.told = true
  local failed = failure(counts)
  local gives = { total = #jobs, results = {}, hosts = counts.hosts, why = report.why }
  for _, state in ipairs({ "ok", "changed", "failed", "unreachable", "skipped" }) do gives[state] = counts[state] end
  for _, job in ipairs(jobs) do gives.results[job.name] = job.result end
  if not failed then return gives end
  local raised, err = pcall(function()
    if not failed.options then error(failed, 0) end
    core.fail(failed.code, failed.message, failed.options)
  end)
  gives.error = not raised and err or nil
  if collect then return gives end
  error(gives.error, 0)
end

emit { event = "rollout.start", title = title, hosts = #jobs, batches = sizes }
return setmetatable(report, { __close = close })

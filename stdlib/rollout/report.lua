-- SPDX-License-Identifier: Apache-2.0
-- What became of the hosts of a rollout: told as it happens, summed up at the end, also of one that is broken off.
local core, rollout = ...
local title, jobs, telling = rollout.title, rollout.jobs, rollout.telling

local report = { failed = 0 }

-- An earlier run that is told again is no news.
local function emit(event)
  if not telling then core.emit(event) end
end

-- What concerns the whole run, and not the host at which it was met.
local function is_of_run(err)
  return err.code == "plan.mismatch" or err.code:find("^limit%.") ~= nil or err.code:find("^confirm%.") ~= nil
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
  else
    job.error = outcome.error
    job.state = is_unreachable(outcome.error) and "unreachable" or "failed"
    report.failed = report.failed + 1
    if is_of_run(outcome.error) and not telling then
      report.of_run = report.of_run or outcome.error
      report.why = ("the run must not go on (%s)"):format(outcome.error.code)
    elseif report.failed > rollout.most and not telling and not report.why then
      report.why = rollout.most == 0 and "a host failed" or ("more than %d hosts failed"):format(rollout.most)
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
  local out = { event = "rollout.end", title = title, path = rollout.path, total = #jobs, why = report.why, hosts = {}, ok = 0, changed = 0,
                failed = 0, unreachable = 0, skipped = 0, cancelled = 0, earlier = 0 }
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

local function listed(all)
  local names = table.move(all, 1, math.min(#all, 20), 1, {})
  if #all > 20 then names[#names + 1] = "and " .. #all - 20 .. " more" end
  return table.concat(names, ", ")
end

-- What a run must not be called done for: hosts that are not, and that this attempt was not given.
local function left_out_message(left)
  return ("%d host%s left out that %s not done: %s"):format(#left, #left == 1 and "" or "s", #left == 1 and "is" or "are", listed(left))
end

-- The error that the rollout ends with, or nil.
local function failure(counts)
  if report.of_run then return report.of_run end
  local bad, names, left = {}, {}, rollout.left_out()
  for _, job in ipairs(jobs) do
    if job.error then bad[#bad + 1], names[#names + 1] = job, job.name end
  end
  if #bad == 0 and #left > 0 then
    return { code = "rollout.partial", message = left_out_message(left), options = {
      hint = ("'resume' without --limit takes them up; --accept '%s[HOST]' takes one as done that is no more"):format(rollout.path) } }
  end
  if #bad == 0 then return nil end
  local some = counts.ok + counts.changed > 0
  -- What is refused everywhere, in the same words, is no matter of the hosts.
  local refused, alike = not some, true
  for _, job in ipairs(bad) do
    refused = refused and job.error.code == "permission.denied"
    alike = alike and job.error.message == bad[1].error.message
  end
  if refused and alike then return bad[1].error end
  local message = ("%d of %d hosts failed"):format(#bad, #jobs)
  if counts.skipped > 0 then message = message .. (", %d not begun: %s"):format(counts.skipped, report.why) end
  if #left > 0 then message = message .. ", " .. left_out_message(left) end
  local code = some and "rollout.partial" or refused and "permission.denied" or "rollout.failed"
  return { code = code, message = message,
           options = { context = { hosts = listed(names) }, cause = #bad == 1 and bad[1].error or nil } }
end

function report.conclude(collect)
  local counts = summary()
  local failed = failure(counts)
  -- Where a plan ends is no excuse for hosts that failed.
  if report.unknown and (collect or not failed) then error(core.outcome(report.unknown).error, 0) end
  if report.stopped then core.undo_stop(report.stopped.message) end
  emit(counts)
  report.told = true
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

emit { event = "rollout.start", title = title, path = rollout.path, hosts = #jobs, batches = rollout.sizes }
return setmetatable(report, { __close = close })

-- SPDX-License-Identifier: Apache-2.0
-- Structured concurrency: every task started here has ended when the function that started it returns.
local core, rb = ...

-- Runs jobs ({ key, run }), at most `limit` at once. On the first failure the others are cancelled and waited for, and
-- the failure is raised; with `collect` all run to their end. Gives results and errors by key.
local function run_all(jobs, limit, collect)
  local results, errors = {}, {}
  local running, count, next_job, failure, stopped = {}, 0, 1, nil, nil
  while next_job <= #jobs or count > 0 do
    while next_job <= #jobs and count < limit and not failure do
      local job = jobs[next_job]
      running[core.spawn(job.run, job.path)] = job
      count, next_job = count + 1, next_job + 1
    end
    if count == 0 then break end
    local ids = {}
    for id in pairs(running) do ids[#ids + 1] = id end
    local id = core.wait_any(ids)
    local job = running[id]
    running[id], count = nil, count - 1
    local outcome = core.outcome(id)
    if outcome.ok then
      results[job.key] = outcome[1]
    elseif outcome.error.code == "undo.stop" then
      -- A run is told again to be undone: the others still have finished steps to tell of.
      stopped = outcome
    elseif collect then
      errors[job.key] = outcome.error
    elseif not failure then
      failure = outcome
      for other in pairs(running) do core.cancel(other) end
    end
  end
  if stopped and not failure then core.undo_stop(stopped.error.message) end
  if failure then error(failure.error, 0) end
  return results, errors
end

local function check_function(name, value)
  if type(value) ~= "function" then
    core.fail("argument.invalid", name .. ": expected a function, got " .. core.typename(value))
  end
end

local function check_limit(name, options)
  for key in pairs(options) do
    if key ~= "limit" and key ~= "key" and key ~= "collect" then
      core.fail("argument.invalid", name .. ": unknown option '" .. tostring(key) .. "', expected limit, key or collect")
    end
  end
  local limit = options.limit or math.huge
  if type(limit) ~= "number" or limit < 1 then
    core.fail("argument.invalid", name .. ": 'limit' must be a number from 1 on")
  end
  return limit
end

function rb.parallel(functions, options)
  if type(functions) ~= "table" then
    core.fail("argument.invalid", "rb.parallel: expected a table of functions, got " .. core.typename(functions))
  end
  options = options or {}
  local limit = check_limit("rb.parallel", options)
  local jobs = {}
  for key, run in pairs(functions) do
    check_function("rb.parallel: entry '" .. tostring(key) .. "'", run)
    jobs[#jobs + 1] = { key = key, run = run }
  end
  return run_all(jobs, limit, options.collect)
end

local function key_of(item, index, options)
  local key = item
  if options.key then key = options.key(item, index) end
  if type(key) == "table" then key = key.name end
  if type(key) == "string" or type(key) == "number" then return tostring(key) end
  if core.is_handle(key) then return core.handle_name(key) end
  core.fail("argument.invalid", "rb.each: item " .. index .. " has no name; give { key = function(item) ... end }")
end

function rb.each(list, options, run)
  if run == nil then options, run = {}, options end
  if core.is_unknown(list) then return #list end -- where the plan ends
  if type(list) ~= "table" then
    core.fail("argument.invalid", "rb.each: expected a list, got " .. core.typename(list))
  end
  check_function("rb.each", run)
  local limit = check_limit("rb.each", options)
  local jobs = {}
  for index, item in ipairs(list) do
    jobs[index] = { key = index, path = key_of(item, index, options), run = function() return run(item, index) end }
  end
  return run_all(jobs, limit, options.collect)
end

function rb.race(functions)
  if type(functions) ~= "table" then
    core.fail("argument.invalid", "rb.race: expected a table of functions, got " .. core.typename(functions))
  end
  local ids, keys = {}, {}
  for key, run in pairs(functions) do
    check_function("rb.race: entry '" .. tostring(key) .. "'", run)
    local id = core.spawn(run)
    ids[#ids + 1], keys[id] = id, key
  end
  if #ids == 0 then core.fail("argument.invalid", "rb.race: nothing to race") end
  local winner = core.wait_any(ids)
  for _, id in ipairs(ids) do
    if id ~= winner then core.cancel(id) end
  end
  for _, id in ipairs(ids) do
    if id ~= winner then
      core.wait_any({ id })
      core.outcome(id)
    end
  end
  local outcome = core.outcome(winner)
  if not outcome.ok then error(outcome.error, 0) end
  return outcome[1], keys[winner]
end

function rb.timeout(limit, run)
  check_function("rb.timeout", run)
  local seconds = core.duration("rb.timeout", limit)
  local id = core.spawn(run)
  local ended = core.wait_any({ id }, seconds)
  if not ended then
    core.cancel(id)
    core.wait_any({ id })
  end
  local outcome = core.outcome(id)
  if outcome.ok then return table.unpack(outcome, 1, outcome.n) end
  if not ended then
    core.fail("timeout", "not finished after " .. core.show_duration(seconds), { retryable = true })
  end
  error(outcome.error, 0)
end

function rb.sleep(duration)
  local seconds = core.duration("rb.sleep", duration)
  -- A dry run has changed nothing that would need its time; a loop that looks again and again keeps its pace.
  if core.dry_run() then seconds = math.min(seconds, 1) end
  core.sleep(seconds)
end

-- SPDX-License-Identifier: Apache-2.0
-- One thing done on many hosts: so many at once, in batches, and no further when too many have failed. A host that fails
-- stops nobody else; a resumed run takes up the hosts that are not done.
local core = ...
local rb = require "runbook"
local new_report = core.part "rollout/report"

local rollout = {}

local KNOWN = { "title", "limit", "batches", "canary", "max_failures", "timeout", "key", "between", "undo", "collect" }

local function invalid(message) core.fail("argument.invalid", "rollout.run: " .. message) end

-- A number of hosts: as such, or as a part of all ("10%").
local function amount(name, given, total, least)
  local percent = type(given) == "string" and tonumber(given:match("^(%d+%.?%d*)%%$"))
  if percent and percent <= 100 then return math.max(least, math.floor(total * percent / 100)) end
  if math.type(given) ~= "integer" or given < least then
    invalid(("'%s' must be a whole number from %d on, or text such as \"10%%\""):format(name, least))
  end
  return given
end

-- Sizes of the batches, of which the last repeats until nobody is left.
local function sizes_of(total, options)
  local sizes, left = {}, total
  local function take(size)
    sizes[#sizes + 1] = math.min(size, left)
    left = left - sizes[#sizes]
  end
  if options.canary ~= nil and left > 0 then take(amount("canary", options.canary, total, 1)) end
  local batches = options.batches or { "100%" }
  if type(batches) ~= "table" then batches = { batches } end
  if #batches == 0 then invalid("'batches' must be a list of sizes: { 1, \"10%\", \"50%\" }") end
  for _, size in ipairs(batches) do
    size = amount("batches", size, total, 1)
    if left > 0 then take(size) end
  end
  while left > 0 do take(amount("batches", batches[#batches], total, 1)) end
  return sizes
end

local function check_options(options)
  if type(options) ~= "table" then invalid("expected a table of options, got " .. core.typename(options)) end
  for key in pairs(options) do
    local known = false
    for _, name in ipairs(KNOWN) do known = known or name == key end
    if not known then invalid("unknown option '" .. tostring(key) .. "'" .. core.did_you_mean(tostring(key), KNOWN)) end
  end
  for _, name in ipairs({ "key", "between" }) do
    if options[name] ~= nil and type(options[name]) ~= "function" then invalid("'" .. name .. "' must be a function") end
  end
  if options.limit ~= nil and (type(options.limit) ~= "number" or options.limit < 1) then invalid("'limit' must be a number from 1 on") end
  if options.title ~= nil and type(options.title) ~= "string" then invalid("'title' must be text") end
end

local function key_of(item, index, options)
  local key = item
  if options.key then key = options.key(item, index) end
  if type(key) == "table" then key = key.name end
  if core.is_handle(key) then key = core.handle_name(key) end
  if type(key) == "string" or type(key) == "number" then return tostring(key) end
  invalid("host " .. index .. " has no name; give { key = function(host) ... end }")
end

local function jobs_of(hosts, options)
  local jobs, seen = {}, {}
  for index, item in ipairs(hosts) do
    local name = key_of(item, index, options)
    if seen[name] then invalid("the host '" .. name .. "' is listed twice") end
    seen[name] = true
    jobs[index] = { item = item, index = index, name = name, state = "skipped", changed = 0 }
  end
  return jobs
end

-- Hosts that an earlier attempt has not finished and this one is not given: they are gone, or outside of --limit.
local function left_out(hosts, jobs, options, title)
  local outside, given, left = {}, {}, {}
  local meta = getmetatable(hosts) -- see inventory:list
  if type(meta) == "table" and not options.key then
    for index, host in ipairs(meta.outside_limit or {}) do outside[index] = host.name end
  end
  for _, job in ipairs(jobs) do given[job.name] = true end
  for _, name in ipairs(core.steps_left(title, outside)) do
    if not given[name] then left[#left + 1] = name end
  end
  return left
end

-- What stands between two batches is planned too, for what it changes. What it misses there may only be missing because
-- nothing has been changed: that is told, and no failure.
local function plan_between(between, number, count, report)
  local id = core.spawn(function() between(number, count) end)
  core.wait_any({ id })
  local outcome = core.outcome(id, true)
  if outcome.ok then return end
  local err = outcome.error
  if err.code == "plan.unknown" then
    report.unknown = report.unknown or id
  elseif err.code == "cancelled" or err.code == "permission.denied" or err.code:find("^limit%.") then
    error(err, 0)
  else
    core.emit({ event = "log", level = "warn", message = ("between batches %d and %d: %s"):format(number, number + 1, err.message) })
  end
end

-- Runs jobs `first` to `last`, so many at once; begins no further one once the report says so.
local function run_batch(jobs, first, last, limit, start, report)
  local running, count, next_job = {}, 0, first
  while next_job <= last or count > 0 do
    while next_job <= last and count < limit and not report.why do
      local job = jobs[next_job]
      running[core.spawn(start(job))] = job
      count, next_job = count + 1, next_job + 1
    end
    if count == 0 then return end
    local ids = {}
    for id in pairs(running) do ids[#ids + 1] = id end
    local id = core.wait_any(ids)
    local job = running[id]
    running[id], count = nil, count - 1
    report.ended(job, core.outcome(id, true), id)
  end
end

function rollout.run(hosts, options, run)
  if run == nil then options, run = {}, options end
  if core.is_unknown(hosts) then return #hosts end -- where the plan ends
  if type(hosts) ~= "table" then invalid("expected a list of hosts, got " .. core.typename(hosts)) end
  if type(run) ~= "function" then invalid("expected a function, got " .. core.typename(run)) end
  check_options(options)
  local fleet = core.fleet()
  local jobs = jobs_of(hosts, options)
  if #jobs == 0 then
    core.fail("inventory.empty", "rollout.run: there are no hosts", { hint = "nothing is done for no hosts" })
  end
  local title = options.title or "hosts"
  local sizes = sizes_of(#jobs, options)
  local limit = math.min(options.limit or fleet.forks or 50, fleet.forks or math.huge)
  local most = options.max_failures ~= nil and amount("max_failures", options.max_failures, #jobs, 0) or math.huge
  local report <close> = new_report(core, {
    title = title, path = core.step_path(title, ""), jobs = jobs, sizes = sizes, most = most, telling = fleet.telling,
    left_out = function() return left_out(hosts, jobs, options, title) end,
  })

  local function start(job)
    job.path = core.step_path(title, job.name)
    return function()
      report.began(job)
      return rb.step(title, { key = job.name, timeout = options.timeout, undo = options.undo or rb.revert }, function()
        job.ran = true
        return run(job.item, job.index)
      end)
    end
  end

  local first = 1
  for number, size in ipairs(sizes) do
    local last = first + size - 1
    run_batch(jobs, first, last, limit, start, report)
    report.judge(first, last, options.canary ~= nil and number == 1)
    if report.why then break end
    if options.between and last < #jobs and (fleet.telling or report.any_ran(first, last)) then
      if core.dry_run() and not fleet.telling then
        plan_between(options.between, number, #sizes, report)
      else
        options.between(number, #sizes)
      end
    end
    first = last + 1
  end
  return report.conclude(options.collect)
end

return rollout

-- SPDX-License-Identifier: Apache-2.0
-- The spec runner behind `runbook test`. The spec's chunk is called once to collect the tests, then they run in order,
-- each as a task of its own.
local core, chunk, filter, faults = ...
local values = core.part("runbook/difference")(core)
local spies = core.part("runbook/spies")(core, values.same)
local assertions = core.part("runbook/assert")(core, values, spies.is_spy)
local run_scenario, check_scenario = core.part("runbook/faults")(core)
local suite = core.part("runbook/suite")(core, check_scenario)

-- The last run of the test, for when it fails.
local last_run
local run_runbook = core.run
function core.run(options)
  local report = run_runbook(options)
  last_run = { file = options.file or last_run and last_run.file or "the last runbook", report = report }
  return report
end

local simulate = core.part("runbook/simulate")(core)

local globals = {
  spy = spies.spy, stub = spies.stub, assert = assertions,
  simulate = function(options)
    if not suite.running then
      core.fail("test.misuse", "simulate belongs inside a test, or in before_each", { hint = "each test has a world of its own" })
    end
    return simulate(options)
  end,
  temp_directory = core.temp_directory, test_environment = core.test_environment,
}
for word, meaning in pairs(suite.words) do globals[word] = meaning end
core.set_spec_globals(globals)

chunk()
if suite.count() == 0 then core.fail("test.none", "the file has no tests") end

-- With --faults only what runs survive is asked for.
local function selected(test)
  if faults and not test.scenario then return false end
  return filter == "" or test.name:find(filter, 1, true) ~= nil
end

local function any_selected(group, runs)
  for _, node in ipairs(group.nodes) do
    if node.nodes and any_selected(node, runs) then return true end
    if not node.nodes and selected(node) and (node.run or not runs) then return true end
  end
  return false
end

local function run_all(list)
  for _, run in ipairs(list) do run() end
end

-- The functions around a test: those of the outer groups first.
local function around(group, kind)
  if not group then return end
  around(group.outer, kind)
  run_all(group[kind])
end

-- Inner groups first.
local function around_after(group)
  while group do
    run_all(group.after)
    group = group.outer
  end
end

local PRINTED = 10

local function end_of_run(run)
  local lines = {}
  for _, event in ipairs(run.report.events) do
    if event.event == "print" then lines[#lines + 1] = event.text end
  end
  local err = run.report.error
  return {
    file = run.file, state = run.report.state,
    error = err and (err.where and err.where .. ": " or "") .. err.message .. " (" .. err.code .. ")",
    printed = table.concat(lines, "\n", math.max(1, #lines - PRINTED + 1)),
  }
end

-- Runs a function under the test's limit of time; gives what it raised.
local function guarded(run)
  local id = core.spawn(run)
  core.test_guard(id)
  core.wait_any({ id })
  local stopped = core.test_unguard()
  local outcome = core.outcome(id)
  if outcome.ok then return stopped end
  if not stopped then return outcome.error end
  if not stopped.where or stopped.where == "" then stopped.where = outcome.error.where end
  return stopped
end

local function report(outcome, failure)
  if failure and failure.code == "test.pending" then
    outcome.state, outcome.reason = "skipped", failure.message
  else
    outcome.state = failure and "failed" or "passed"
    if failure then
      outcome.error = failure
      if last_run then outcome.run = end_of_run(last_run) end
    end
  end
  core.report(outcome)
end

local function run_test(test)
  local started = core.clock()
  suite.running, last_run = { finally = {} }, nil
  core.test_begins(test.name, test.where)
  local failure = guarded(function()
    around(test.group, "before")
    test.run()
  end)
  local cleaning = guarded(function() run_all(suite.running.finally) end)
  local after = guarded(function() around_after(test.group) end)
  spies.restore()
  core.simulation_end()
  suite.running = nil
  report({ name = test.name, where = test.where, seconds = core.clock() - started }, failure or cleaning or after)
end

local run_group

local function run_nodes(group, broken)
  for _, node in ipairs(group.nodes) do
    if node.nodes then
      run_group(node, broken)
    elseif not selected(node) then
      goto continue
    elseif node.skip then
      core.report({ name = node.name, where = node.where, state = "skipped", reason = node.skip })
    elseif broken then
      core.report({ name = node.name, where = node.where, state = "failed", error = broken, seconds = 0 })
    elseif node.scenario then
      run_scenario(node.scenario, node.where, faults, function(name, run)
        run_test { name = node.name .. ": " .. name, where = node.where, group = node.group, run = run }
      end)
    else
      run_test(node)
    end
    ::continue::
  end
end

function run_group(group, broken)
  if not any_selected(group, false) then return end
  local wanted = not broken and any_selected(group, true)
  if wanted then broken = guarded(function() run_all(group.setup) end) end
  run_nodes(group, broken)
  if not wanted then return end
  local failure = guarded(function() run_all(group.teardown) end)
  spies.restore()
  core.simulation_end()
  if failure then
    local name = (group.name == "" and "" or group.name .. " ") .. "teardown"
    core.report({ name = name, where = group.where, state = "failed", error = failure, seconds = 0 })
  end
end

run_group(suite.root)

-- SPDX-License-Identifier: Apache-2.0
-- survives(name, scenario): a runbook that may be broken off anywhere.
--   survives("deploying", {
--     file = "deploy.lua", params = { ... },
--     world = function() return simulate { ... } end,       -- as it is before the run, made anew for each case
--     before = function(world) ... end,                      -- brings it to where the run begins
--     undo = false,                                          -- where undoing is not promised to restore the start
--     idempotent = false,                                    -- where a second run does something again
--     ignore = { "files./var/log/" },                        -- what may differ, by the beginning of its place
--   })
-- `runbook test` makes the run, and once more, when it may change nothing. With --faults, for a run with N changes, it is
-- stopped dead after each change, as by kill -9, and resumed; stopped and undone; undone after its end; and each change is
-- made to fail once.
-- Each time the state of the world must be that of an undisturbed run, or that from before it.
local core = ...

local KEYS = {
  file = true, params = true, world = true, before = true, undo = true, idempotent = true, ignore = true, secrets = true, answers = true,
  allow = true,
}

local function check(name, scenario)
  if type(name) ~= "string" or type(scenario) ~= "table" then
    core.fail("argument.invalid", "survives: expected a name and a table",
      { hint = 'survives("deploying", { file = "deploy.lua", world = function() ... end })' })
  end
  for key in pairs(scenario) do
    if not KEYS[key] then core.fail("argument.invalid", "survives: unknown option '" .. tostring(key) .. "'") end
  end
  for _, key in ipairs { "undo", "idempotent" } do
    if scenario[key] ~= nil and type(scenario[key]) ~= "boolean" then
      core.fail("argument.invalid", "survives: '" .. key .. "' must be true or false")
    end
  end
  if scenario.ignore ~= nil and type(scenario.ignore) ~= "table" then
    core.fail("argument.invalid", "survives: 'ignore' must be a list of beginnings")
  end
  for _, beginning in ipairs(scenario.ignore or {}) do
    if type(beginning) ~= "string" or beginning == "" then
      core.fail("argument.invalid", "survives: 'ignore' must be a list of beginnings")
    end
  end
  if type(scenario.file) ~= "string" or type(scenario.world) ~= "function" then
    core.fail("argument.invalid", "survives: 'file' (a runbook) and 'world' (a function that gives what simulate gave) are needed")
  end
end

local function problem_of(report)
  if not report.error then return report.state end
  local text = report.error.message
  if report.error.hint then text = text .. " (" .. report.error.hint .. ")" end
  return text
end

local where -- of the scenario that runs
local function fail(what) core.fail("test.unsafe", what, { where = where }) end

local function ignored(path, ignore)
  for _, beginning in ipairs(ignore) do
    if path:sub(1, #beginning) == beginning then return true end
  end
  return false
end

-- The first thing that differs, for people.
local function difference(expected, got, path, ignore)
  if ignored(path, ignore) then return nil end
  if type(expected) ~= "table" or type(got) ~= "table" then
    if expected == got then return nil end
    local function shown(value) return type(value) == "table" and "something" or value == nil and "nothing" or tostring(value) end
    return ("%s: expected %s, got %s"):format(path, shown(expected), shown(got))
  end
  for key, value in pairs(expected) do
    local found = difference(value, got[key], path == "" and tostring(key) or path .. "." .. tostring(key), ignore)
    if found then return found end
  end
  for key in pairs(got) do
    local place = path == "" and tostring(key) or path .. "." .. tostring(key)
    if expected[key] == nil and not ignored(place, ignore) then return place .. ": is there, and was not to be" end
  end
  return nil
end

local function options_of(scenario, fault)
  return { secrets = scenario.secrets, answers = scenario.answers, allow = scenario.allow, fault = fault }
end

-- A world in which the run has not been made yet; gives its state, too.
local function fresh(scenario)
  local world = scenario.world()
  if type(world) ~= "table" or not world.state then fail("'world' gave no world: it must give what simulate gave") end
  if scenario.before then scenario.before(world) end
  return world, world:state()
end

local function expect_state(world, scenario, wanted, when)
  local found = difference(wanted, world:state(), "", scenario.ignore or {})
  if found then fail(when .. ", the state is another one: " .. found) end
end

-- Nothing is locked and nothing left to do: the run can be made once more and changes nothing.
local function expect_settled(world, scenario, when)
  local again = world:run(scenario.file, scenario.params, options_of(scenario))
  if again.exit ~= 0 then fail(when .. ", the next run fails: " .. problem_of(again)) end
  if again.changed > 0 and scenario.idempotent ~= false then
    fail(when .. ", the next run changes something again: " .. table.concat(again.changes, ", "))
  end
end

local function expect_no_leak(world, report, scenario, when)
  local leak = core.simulation_leak(report.events, scenario.secrets or world.secrets)
  if leak then fail(when .. ", a secret can be read: '" .. leak.name .. "' in " .. leak.place) end
end

local function baseline(scenario)
  local world, start = fresh(scenario)
  local report = world:run(scenario.file, scenario.params, options_of(scenario))
  if report.exit ~= 0 then fail("undisturbed, the run fails: " .. problem_of(report)) end
  if #report.effects == 0 then fail("the run changes nothing, so there is nothing that it could survive") end
  expect_no_leak(world, report, scenario, "after an undisturbed run")
  local finish = world:state()
  expect_settled(world, scenario, "after an undisturbed run")
  return { start = start, finish = finish, effects = report.effects }
end

-- Takes the run back: the start is restored, no lock is in the way, and what was undone can be done once more.
local function undo_to_start(world, scenario, base)
  local report = world:undo(nil, options_of(scenario))
  if report.exit ~= 0 then fail("undoing fails: " .. problem_of(report)) end
  expect_no_leak(world, report, scenario, "after undoing")
  expect_state(world, scenario, base.start, "after undoing")
  local again = world:run(scenario.file, scenario.params, options_of(scenario))
  if again.exit ~= 0 then fail("after undoing, the next run fails: " .. problem_of(again)) end
end

local function killed_after(scenario, change)
  local world = fresh(scenario)
  local report = world:run(scenario.file, scenario.params, options_of(scenario, { kind = "stop", change = change }))
  if report.state ~= "killed" then fail("the run did not come to the change this time: " .. problem_of(report)) end
  return world
end

local function stopped_and_resumed(scenario, base, change)
  local world = killed_after(scenario, change)
  local report = world:resume(nil, options_of(scenario))
  if report.exit ~= 0 then fail("resuming fails: " .. problem_of(report)) end
  expect_no_leak(world, report, scenario, "after resuming")
  expect_state(world, scenario, base.finish, "after resuming")
  expect_settled(world, scenario, "after resuming")
end

local function stopped_and_undone(scenario, base, change)
  undo_to_start(killed_after(scenario, change), scenario, base)
end

local function finished_and_undone(scenario, base)
  local world = fresh(scenario)
  local report = world:run(scenario.file, scenario.params, options_of(scenario))
  if report.exit ~= 0 then fail("the run fails this time: " .. problem_of(report)) end
  undo_to_start(world, scenario, base)
end

local function failed_once(scenario, base, change)
  local world = fresh(scenario)
  local report = world:run(scenario.file, scenario.params, options_of(scenario, { kind = "fail", change = change }))
  expect_no_leak(world, report, scenario, "after the failure")
  local undone = report.error and report.error.context and report.error.context.undo
  if report.exit ~= 0 and undone then
    if scenario.undo ~= false then expect_state(world, scenario, base.start, "after the failure was undone") end
    report = world:run(scenario.file, scenario.params, options_of(scenario))
  elseif report.exit ~= 0 then
    report = world:resume(nil, options_of(scenario))
  end
  if report.exit ~= 0 then fail("after the failure, the run cannot be brought to its end: " .. problem_of(report)) end
  expect_state(world, scenario, base.finish, "after the failure")
  expect_settled(world, scenario, "after the failure")
end

local function cases_of(scenario, base)
  local cases = {}
  local function add(kind, run)
    for change, effect in ipairs(base.effects) do
      local inside = effect.step ~= "" and (" (step '%s')"):format(effect.step) or ""
      cases[#cases + 1] = {
        name = ("%s change %d, %s%s"):format(kind, change, effect.description, inside),
        run = function() run(scenario, base, change) end,
      }
    end
  end
  add("stopped dead after", stopped_and_resumed)
  if scenario.undo ~= false then
    add("stopped and undone after", stopped_and_undone)
    cases[#cases + 1] = { name = "undone after its end", run = function() finished_and_undone(scenario, base) end }
  end
  add("failing once at", failed_once)
  return cases
end

-- Hands each case to `each(name, run)`; without `faults` there is one.
local function run(scenario, position, faults, each)
  local base
  where = position
  each("undisturbed, and once more", function() base = baseline(scenario) end)
  if not base or not faults then return end
  for _, case in ipairs(cases_of(scenario, base)) do each(case.name, case.run) end
end

return run, check

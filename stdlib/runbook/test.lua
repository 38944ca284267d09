-- SPDX-License-Identifier: Apache-2.0
-- The spec runner behind `runbook test`: describe, it, before_each, after_each, pending, spy and assert.
-- The spec's chunk is called once to collect the tests, then they run in order.
local core, chunk, filter = ...
local assertions = core.part("runbook/assert")(core)
local simulate = core.part("runbook/simulate")(core)

local tests = {}
local groups = {}

local function join(name)
  local parts = {}
  for _, group in ipairs(groups) do parts[#parts + 1] = group.name end
  parts[#parts + 1] = name
  return table.concat(parts, " ")
end

local function hooks(kind)
  local all = {}
  for _, group in ipairs(groups) do
    for _, hook in ipairs(group[kind]) do all[#all + 1] = hook end
  end
  return all
end

local function need(name, run)
  if type(name) ~= "string" or type(run) ~= "function" then
    core.fail("argument.invalid", "expected a name and a function: it(\"does this\", function() ... end)")
  end
end

local function describe(name, run)
  need(name, run)
  groups[#groups + 1] = { name = name, before = {}, after = {} }
  run()
  groups[#groups] = nil
end

local function it(name, run)
  need(name, run)
  tests[#tests + 1] = { name = join(name), run = run, before = hooks("before"), after = hooks("after") }
end

local function pending(name, reason)
  tests[#tests + 1] = { name = join(tostring(name)), skip = reason or "pending" }
end

local function add_hook(kind)
  return function(run)
    if #groups == 0 then core.fail("argument.invalid", "before_each and after_each belong inside a describe") end
    local hooks_of_group = groups[#groups][kind]
    hooks_of_group[#hooks_of_group + 1] = run
  end
end

-- Records its calls, and answers with what `answer` gives.
local function spy(answer)
  local calls = {}
  return setmetatable({ calls = calls }, {
    __call = function(_, ...)
      calls[#calls + 1] = table.pack(...)
      if answer then return answer(...) end
    end,
  })
end

core.set_spec_globals({
  describe = describe, it = it, pending = pending, spy = spy,
  before_each = add_hook("before"), after_each = add_hook("after"),
  assert = assertions, simulate = simulate, temp_directory = core.temp_directory, test_environment = core.test_environment,
})

chunk()
if #tests == 0 then core.fail("test.none", "the file has no tests") end

local function run_all(list)
  for _, hook in ipairs(list) do hook() end
end

local function run_test(test)
  run_all(test.before)
  test.run()
end

for _, test in ipairs(tests) do
  if filter == "" or test.name:find(filter, 1, true) then
    if test.skip then
      core.report({ name = test.name, state = "skipped", reason = test.skip })
    else
      local started = core.clock()
      local ok, err = pcall(run_test, test)
      local cleaned, problem = pcall(run_all, test.after)
      core.simulation_end()
      local failure = (not ok and err) or (not cleaned and problem) or nil
      local outcome = { name = test.name, state = failure and "failed" or "passed", seconds = core.clock() - started }
      if failure then outcome.error = core.as_error(failure) end
      core.report(outcome)
    end
  end
end

-- SPDX-License-Identifier: Apache-2.0
-- What a spec declares: groups in groups, tests in them, and the functions around them.
local core, check_scenario = ...

local root = { name = "", nodes = {}, setup = {}, teardown = {}, before = {}, after = {} }
local current, count, names = root, 0, {}
-- The test that runs; nothing is declared then.
local suite = { root = root, running = nil }

local function misuse(message, hint) core.fail("test.misuse", message, { hint = hint }) end

local function need_outside(what)
  if suite.running then misuse(what .. " does not belong inside a test", "declare it in a describe, or at the top of the file") end
end

local function need_name(what, name)
  if type(name) ~= "string" or name == "" then
    misuse(what .. ": expected a name and a function, got " .. core.typename(name), what .. '("...", function() ... end)')
  end
end

local function need_function(what, run)
  if type(run) ~= "function" then
    misuse(what .. ": expected a function, got " .. core.typename(run),
      what .. (what == "describe" and '("...", function() ... end)' or "(function() ... end)"))
  end
end

local function full_name(name) return current.name == "" and name or current.name .. " " .. name end

local function describe(name, run)
  need_outside("describe")
  need_name("describe", name)
  need_function("describe", run)
  local outer = current
  local group = {
    name = full_name(name), outer = outer, where = core.position(), nodes = {}, setup = {}, teardown = {}, before = {}, after = {},
  }
  outer.nodes[#outer.nodes + 1] = group
  current = group
  run()
  current = outer
end

local function add(name, fields)
  fields.name, fields.where, fields.group = full_name(name), core.position(), current
  if names[fields.name] then
    core.fail("test.duplicate", "two tests are called '" .. fields.name .. "'", { hint = "the first one is at " .. names[fields.name] })
  end
  names[fields.name] = fields.where
  current.nodes[#current.nodes + 1] = fields
  count = count + 1
end

local function it(name, run)
  need_outside("it")
  need_name("it", name)
  if run == nil then return add(name, { skip = "has no body yet" }) end
  need_function("it", run)
  add(name, { run = run })
end

local function survives(name, scenario)
  need_outside("survives")
  check_scenario(name, scenario)
  add(name, { scenario = scenario, run = scenario.world })
end

-- pending("name", reason or the body that is to come), or inside a test: it is skipped from here on.
local function pending(name, reason)
  if suite.running then core.fail("test.pending", name == nil and "pending" or tostring(name)) end
  need_name("pending", name)
  add(name, { skip = type(reason) == "string" and reason or "pending" })
end

local function hook(what, kind)
  return function(run)
    need_outside(what)
    need_function(what, run)
    local list = current[kind]
    list[#list + 1] = run
  end
end

-- finally(run): runs when the test has ended, however it ended; the last one first.
local function finally(run)
  if not suite.running then misuse("finally belongs inside a test", "after_each runs after every test of a describe") end
  need_function("finally", run)
  table.insert(suite.running.finally, 1, run)
end

function suite.count() return count end

suite.words = {
  describe = describe, context = describe, it = it, test = it, spec = it, survives = survives, pending = pending, finally = finally,
  before_each = hook("before_each", "before"), after_each = hook("after_each", "after"),
  setup = hook("setup", "setup"), lazy_setup = hook("lazy_setup", "setup"),
  teardown = hook("teardown", "teardown"), lazy_teardown = hook("lazy_teardown", "teardown"),
}

return suite

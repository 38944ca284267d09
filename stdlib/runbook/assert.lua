-- SPDX-License-Identifier: Apache-2.0
-- busted's assertions: assert(value), assert.are.same, assert.is_not_nil, assert.has_no.errors, assert.spy(s).was.called.
-- A name is modifiers and a check: "is", "are", "has" ... mean nothing, "not" and "no" negate.
local core, values, is_spy = ...
local show, same = values.show, values.same

local MODIFIERS = {
  is = false, are = false, be = false, has = false, have = false, was = false, were = false, does = false, a = false, an = false,
  ["not"] = true, no = true, Not = true,
}

-- name -> { count = arguments before the message, judge = function(...) -> holds, what was expected, context, results };
-- `negated` is what was expected of the opposite.
local checks = {}

local function define(names, count, judge)
  for name in names:gmatch("%S+") do checks[name] = { count = count, judge = judge } end
end

local function expected_got(holds, expected, got, diff, negated)
  return { holds = holds, told = "expected " .. expected .. ", got " .. got, diff = diff,
    negated = negated or "expected anything but " .. expected }
end

define("same", 2, function(expected, got)
  local holds = same(expected, got)
  return expected_got(holds, show(expected), show(got), not holds and values.difference(expected, got) or nil)
end)

define("equal equals equal_to", 2, function(expected, got)
  local holds = expected == got
  local diff = nil
  if not holds then diff = values.difference(expected, got) end
  local told = expected_got(holds, show(expected), show(got), diff)
  if not holds and type(expected) == "table" and same(expected, got) then
    told.told = "expected the same table, got another one with the same content; assert.are.same compares content"
  end
  return told
end)

define("near", 3, function(expected, got, tolerance)
  local holds = type(got) == "number" and math.abs(expected - got) <= tolerance
  return expected_got(holds, show(expected) .. " within " .. show(tolerance), show(got))
end)

define("true is_true", 1, function(got) return expected_got(got == true, "true", show(got)) end)
define("false is_false", 1, function(got) return expected_got(got == false, "false", show(got)) end)
define("nil is_nil", 1, function(got) return expected_got(got == nil, "nil", show(got), nil, "expected a value, got nil") end)
define("truthy", 1, function(got)
  return expected_got(got ~= nil and got ~= false, "something true", show(got), nil, "expected something false, got " .. show(got))
end)
define("falsy", 1, function(got)
  return expected_got(got == nil or got == false, "something false", show(got), nil, "expected something true, got " .. show(got))
end)

for _, kind in ipairs { "string", "number", "boolean", "table", "function", "userdata" } do
  define(kind, 1, function(got) return expected_got(type(got) == kind, "a " .. kind, core.typename(got) .. " " .. show(got)) end)
end

define("matches match", 2, function(pattern, text)
  local holds = type(text) == "string" and text:find(pattern) ~= nil
  return expected_got(holds, "a match of " .. show(pattern), show(text), nil,
    "expected no match of " .. show(pattern) .. ", got " .. show(text))
end)

define("contains contain", 2, function(part, whole)
  local holds = false
  if type(whole) == "string" and type(part) == "string" then
    holds = whole:find(part, 1, true) ~= nil
  elseif type(whole) == "table" then
    for _, member in pairs(whole) do holds = holds or same(part, member) end
  end
  return expected_got(holds, "something with " .. show(part), show(whole), nil,
    "expected nothing with " .. show(part) .. ", got " .. show(whole))
end)

local function text_of(err) return err.code .. ": " .. err.message end

-- `expected`: an error's code ("docker.not_found"), a part of its message, or a table of fields. Gives the error.
define("error errors", 2, function(run, expected)
  if type(run) ~= "function" and not is_spy(run) then
    core.fail("argument.invalid", "assert.has_error: expected a function, got " .. core.typename(run))
  end
  local ok, raised = pcall(run)
  if ok then
    local wanted = expected == nil and "an error" or "the error " .. show(expected)
    return { holds = false, told = "expected " .. wanted .. ", none was raised" }
  end
  local err = core.as_error(raised)
  local holds = true
  if type(expected) == "string" then
    holds = err.code == expected or err.message:find(expected, 1, true) ~= nil
  elseif type(expected) == "table" then
    for key, value in pairs(expected) do holds = holds and same(value, err[key]) end
  end
  return {
    holds = holds, result = err, told = "expected the error " .. show(expected) .. ", got " .. show(text_of(err)),
    negated = "expected no error, got " .. show(text_of(err)), cause = err,
  }
end)

define("error_matches error_match", 2, function(run, pattern)
  local ok, raised = pcall(run)
  if ok then return { holds = false, told = "expected an error, none was raised" } end
  local err = core.as_error(raised)
  return {
    holds = err.message:find(pattern) ~= nil, result = err,
    told = "expected an error that matches " .. show(pattern) .. ", got " .. show(err.message),
    negated = "expected no error that matches " .. show(pattern) .. ", got " .. show(err.message), cause = err,
  }
end)

local spy_checks = {}

local function times(count) return count == 1 and "one call" or tostring(count) .. " calls" end

function spy_checks.called(spy, count)
  local made = #spy.calls
  if count == nil then
    return { holds = made > 0, told = "expected a call, there was none", negated = "expected no call, there were " .. made }
  end
  return expected_got(made == count, times(count), times(made))
end

function spy_checks.called_at_least(spy, count) return expected_got(#spy.calls >= count, "at least " .. times(count), times(#spy.calls)) end
function spy_checks.called_at_most(spy, count) return expected_got(#spy.calls <= count, "at most " .. times(count), times(#spy.calls)) end

function spy_checks.called_with(spy, ...)
  local wanted, seen = table.pack(...), {}
  for i, call in ipairs(spy.calls) do seen[i] = "call " .. i .. ": " .. show({ table.unpack(call, 1, call.n) }) end
  local arguments = show({ table.unpack(wanted, 1, wanted.n) })
  return {
    holds = spy:was_called_with(wanted), told = "expected a call with " .. arguments .. ", there was none",
    negated = "expected no call with " .. arguments,
    diff = #seen > 0 and table.concat(seen, "\n") or "it was never called",
  }
end

local function judge(outcome, negated, message)
  if (outcome.holds and not negated) or (not outcome.holds and negated) then return outcome.result end
  local what = negated and (outcome.negated or outcome.told) or outcome.told
  if message ~= nil then what = tostring(message) .. ": " .. what end
  local diff = not negated and outcome.diff or nil
  core.fail("test.failed", what, { context = diff and { diff = diff } or nil, cause = outcome.cause })
end

-- Takes the modifiers off a name: what is left, and whether it is negated now.
local function take_modifiers(name, known, negated)
  while not known[name] do
    local first, rest = name:match("^(%a+)_(.+)$")
    if not first or MODIFIERS[first] == nil then break end
    name = rest
    negated = negated ~= MODIFIERS[first]
  end
  return name, negated
end

-- An object that is indexed with names until there is a check; `call` makes the function of one.
local function chain(known, call, negated)
  return setmetatable({}, {
    __index = function(_, name)
      local rest, turned = take_modifiers(tostring(name), known, negated)
      if known[rest] then return call(known[rest], turned, rest) end
      if MODIFIERS[rest] ~= nil then return chain(known, call, turned ~= MODIFIERS[rest]) end
      core.fail("argument.unknown", "assert has no '" .. tostring(name) .. "'")
    end,
  })
end

local function about_spy(spy)
  if not is_spy(spy) then core.fail("argument.invalid", "assert.spy: expected a spy, got " .. core.typename(spy)) end
  return chain(spy_checks, function(check, negated)
    return function(...) return judge(check(spy, ...), negated) end
  end, false)
end

local function function_of(check, negated, name)
  return function(...)
    local given = table.pack(...)
    local message = given[check.count + 1]
    -- has_no_error(run, message): what is not raised has no name.
    if name:find("^errors?$") and negated and given.n == 2 then message, given[2] = given[2], nil end
    return judge(check.judge(table.unpack(given, 1, check.count)), negated, message)
  end
end

local words = chain(checks, function_of, false)

return setmetatable({ spy = about_spy, stub = about_spy }, {
  __call = function(_, value, message, ...)
    if not value then
      if type(message) == "table" then error(message, 0) end
      core.fail("test.failed", message ~= nil and tostring(message) or "assertion failed")
    end
    return value, message, ...
  end,
  __index = function(_, name) return words[name] end,
})

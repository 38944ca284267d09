-- SPDX-License-Identifier: Apache-2.0
-- busted's assertions, as far as specs of procedures want them: assert(value), assert.are.same, assert.has_error ...
local core = ...

local function show(value)
  if type(value) == "string" then return string.format("%q", value) end
  if type(value) ~= "table" then return tostring(value) end
  local parts = {}
  for key, member in pairs(value) do
    parts[#parts + 1] = (type(key) == "number" and "" or tostring(key) .. " = ") .. show(member)
    if #parts > 30 then
      parts[#parts + 1] = "..."
      break
    end
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

local function fail(what, message)
  core.fail("test.failed", message and (tostring(message) .. ": " .. what) or what)
end

local checks = {}

function checks.same(expected, got, message)
  if not same(expected, got) then fail("expected " .. show(expected) .. ", got " .. show(got), message) end
end

function checks.equal(expected, got, message)
  if expected ~= got then fail("expected " .. show(expected) .. ", got " .. show(got), message) end
end

function checks.not_equal(expected, got, message)
  if expected == got then fail("expected anything but " .. show(expected), message) end
end

function checks.is_true(value, message)
  if value ~= true then fail("expected true, got " .. show(value), message) end
end

function checks.is_false(value, message)
  if value ~= false then fail("expected false, got " .. show(value), message) end
end

function checks.is_nil(value, message)
  if value ~= nil then fail("expected nil, got " .. show(value), message) end
end

function checks.is_not_nil(value, message)
  if value == nil then fail("expected a value, got nil", message) end
end

function checks.truthy(value, message)
  if not value then fail("expected something true, got " .. show(value), message) end
end

function checks.falsy(value, message)
  if value then fail("expected something false, got " .. show(value), message) end
end

function checks.matches(pattern, text, message)
  if type(text) ~= "string" or not text:find(pattern) then
    fail("expected a match of " .. show(pattern) .. ", got " .. show(text), message)
  end
end

-- `expected`: an error's code ("docker.not_found"), or a part of its message. Gives the error.
function checks.has_error(run, expected, message)
  local ok, raised = pcall(run)
  if ok then fail("expected an error, none was raised", message) end
  local err = core.as_error(raised)
  if expected and err.code ~= expected and not err.message:find(expected, 1, true) then
    fail("expected the error " .. show(expected) .. ", got " .. show(err.code .. ": " .. err.message), message)
  end
  return err
end

function checks.has_no_error(run, message)
  local ok, raised = pcall(run)
  if not ok then fail("expected no error, got " .. tostring(core.as_error(raised).message), message) end
end

local function words(extra)
  local all = {}
  for name, check in pairs(checks) do all[name] = check end
  for name, check in pairs(extra) do all[name] = check end
  return all
end

local are = words({ equals = checks.equal })
local assert_table = words({
  are = are, is = words({ equal_to = checks.equal, ["true"] = checks.is_true, ["false"] = checks.is_false }),
  has = { error = checks.has_error, no_error = checks.has_no_error }, equals = checks.equal,
})

return setmetatable(assert_table, {
  __call = function(_, value, message, ...)
    if not value then core.fail("test.failed", message and tostring(message) or "assertion failed") end
    return value, message, ...
  end,
  __index = function(_, name)
    core.fail("argument.unknown", "assert has no '" .. tostring(name) .. "'")
  end,
})

-- SPDX-License-Identifier: Apache-2.0
-- busted's spies and stubs: functions that remember their calls. What they replace is put back when the test ends.
local core, same = ...

local replaced = {}

local Spy = {}

-- Whether a call had these arguments, compared by value.
function Spy.was_called_with(spy, arguments)
  for _, call in ipairs(spy.calls) do
    if same(arguments, call) then return true end
  end
  return false
end

function Spy:clear()
  for i = #self.calls, 1, -1 do self.calls[i] = nil end
  return self
end

function Spy:revert()
  for i = #replaced, 1, -1 do
    local entry = replaced[i]
    if entry.spy == self then
      entry.table[entry.key] = entry.before
      table.remove(replaced, i)
    end
  end
  return self
end

-- What a stub gives from now on.
function Spy.returns(spy, ...)
  local values = table.pack(...)
  rawset(spy, "answer", function() return table.unpack(values, 1, values.n) end)
  return spy
end

local function make(answer)
  local spy = { calls = {}, answer = answer }
  -- stub(t, "f").returns(1) is called with a dot.
  spy.returns = function(...) return Spy.returns(spy, ...) end
  return setmetatable(spy, {
    __index = Spy,
    __name = "spy",
    __call = function(self, ...)
      self.calls[#self.calls + 1] = table.pack(...)
      if self.answer then return self.answer(...) end
    end,
  })
end

local function is_spy(value)
  return type(value) == "table" and type(value.calls) == "table" and value.was_called_with == Spy.was_called_with
end

local function replace(what, target, key, answer)
  if type(target) ~= "table" or key == nil then
    core.fail("argument.invalid", what .. ": expected a table and the name of a function in it, got " .. core.typename(target))
  end
  local spy = make(answer)
  replaced[#replaced + 1] = { table = target, key = key, before = rawget(target, key), spy = spy }
  target[key] = spy
  return spy
end

local spy = setmetatable({
  new = make,
  is_spy = is_spy,
  on = function(target, key)
    local original = type(target) == "table" and target[key]
    if type(original) ~= "function" and not is_spy(original) then
      core.fail("argument.invalid", "spy.on: there is no function '" .. tostring(key) .. "' in the table")
    end
    return replace("spy.on", target, key, original)
  end,
}, { __call = function(_, answer) return make(answer) end })

local stub = setmetatable({ new = function(target, key) return replace("stub.new", target, key) end }, {
  __call = function(_, target, key, ...)
    local made = replace("stub", target, key)
    if type((...)) == "function" then
      rawset(made, "answer", (...))
    elseif select("#", ...) > 0 then
      made.returns(...)
    end
    return made
  end,
})

-- Puts back everything, the newest first.
local function restore()
  for i = #replaced, 1, -1 do
    local entry = replaced[i]
    entry.table[entry.key] = entry.before
    replaced[i] = nil
  end
end

return { spy = spy, stub = stub, is_spy = is_spy, restore = restore }

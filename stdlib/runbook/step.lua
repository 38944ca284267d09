-- SPDX-License-Identifier: Apache-2.0
-- Steps: named, durable pieces of a procedure. What a step gave is on disk before the next one begins; a resumed run
-- gets it back instead of doing it again.
local core, rb = ...

-- As `undo`: restores what the step's effects changed, from what was read before each of them.
rb.revert = core.revert_token

local known = { key = true, timeout = true, check = true, idempotent = true, inputs = true, undo = true, doc = true }
local names = { "key", "timeout", "check", "idempotent", "inputs", "undo", "doc" }

-- Undo functions in the order in which the steps finished.
local undo_stack = {}

local function check_options(title, options)
  for name in pairs(options) do
    if not known[name] then
      local near = core.did_you_mean(name, names)
      core.fail("argument.invalid", "rb.step '" .. title .. "': unknown option '" .. tostring(name) .. "'" .. near)
    end
  end
  for _, name in ipairs({ "check", "undo" }) do
    local value = options[name]
    if value ~= nil and type(value) ~= "function" and not (name == "undo" and value == rb.revert) then
      core.fail("argument.invalid", "rb.step '" .. title .. "': '" .. name .. "' must be a function")
    end
  end
end

local function remember_undo(step, options, result)
  if options.undo then undo_stack[#undo_stack + 1] = { path = step.path, undo = options.undo, result = result } end
end

local function forget_undo(entry)
  for index = #undo_stack, 1, -1 do
    if undo_stack[index] == entry then table.remove(undo_stack, index) end
  end
end

-- What an earlier attempt of this run left of the step: true and its result where it need not run again.
local function settled_before(step, options)
  if step.state == "recorded" or step.state == "undone" then
    core.step_replay(step.path)
    return true, step.result
  elseif step.state == "accepted" then
    core.step_adopt(step.path, step.result)
    return true, step.result
  elseif step.state == "done" then
    if options.check == nil or options.check(step.result) then
      core.step_replay(step.path)
      return true, step.result
    end
    core.step_again(step.path)
  elseif step.state == "interrupted" and options.check then
    local happened, result = options.check(nil)
    if happened then
      core.step_adopt(step.path, result)
      return true, result
    end
    core.step_again(step.path)
  end
  return false
end

function rb.step(title, options, run)
  if run == nil then options, run = {}, options end
  if type(title) ~= "string" or title == "" then
    core.fail("argument.invalid", "rb.step: expected a title, got " .. core.typename(title))
  end
  if type(options) ~= "table" or type(run) ~= "function" then
    core.fail("argument.invalid", "rb.step '" .. title .. "': expected a function: rb.step(title, [options,] function() ... end)")
  end
  check_options(title, options)
  local step = core.step_begin(title, options.key, {
    inputs = options.inputs, undo = options.undo ~= nil, doc = options.doc,
    idempotent = options.idempotent, check = options.check ~= nil,
  })
  local partial
  if options.undo then
    -- Until the step has finished there is no result to undo; what its effects changed can be put back.
    partial = { path = step.path, undo = rb.revert, partial = true }
  end
  if step.state == "stop" then
    if partial and step.begun then undo_stack[#undo_stack + 1] = partial end
    if step.nested then
      local scope <close> = core.step_scope(step.path, true)
      run()
    end
    core.undo_stop("the earlier run did not finish step '" .. step.path .. "'")
  end
  local settled, result = settled_before(step, options)
  if settled then
    if step.nested then
      -- What is inside has undo functions of its own.
      local scope <close> = core.step_scope(step.path, true)
      run()
    end
    if step.state ~= "undone" then remember_undo(step, options, result) end
    return result
  end
  if partial then undo_stack[#undo_stack + 1] = partial end
  local scope <close> = core.step_scope(step.path)
  if options.timeout then
    result = rb.timeout(options.timeout, run)
  else
    result = run()
  end
  core.step_end(step.path, result)
  if partial then forget_undo(partial) end
  remember_undo(step, options, result)
  return result
end

-- Undoes what finished, newest first, and between the steps what was changed outside any; stops at the first that
-- cannot be undone.
core.set_undo(function(params)
  for index = #undo_stack, 1, -1 do
    local entry = undo_stack[index]
    core.revert_newer(entry.path)
    local scope <close> = core.undo_scope(entry.path)
    if entry.undo == rb.revert then
      core.step_revert(entry.path)
    else
      entry.undo(entry.result, params)
    end
    core.undo_end(entry.path)
    undo_stack[index] = nil
  end
  core.revert_newer()
end)

-- SPDX-License-Identifier: Apache-2.0
-- Desired state on top of the plain operations: read, compare, change only what differs. The same on every kind of
-- machine, because only operations are called.
local M, internal = ...

local call, fail, is_unknown = internal.call, internal.fail, internal.is_unknown

function M.here()
  return internal.handle("Machine", { kind = "local" })
end

local function not_regular(path, kind)
  fail("machine.not_regular", ("'%s' is there and is a %s"):format(path, kind), {
    hint = "remove or rename it first",
    context = { path = path },
  })
end

local function attributes(options, more)
  local all = { mode = options.mode, owner = options.owner, group = options.group }
  for key, value in pairs(more) do
    all[key] = value
  end
  return all
end

-- Brings a file to a content (any, where that is nil) and attributes.
local function put(target, options, content)
  local path = options.path
  local seen = call("file_verify", target, attributes(options, { path = path, content = content }))
  if is_unknown(seen) then
    if content == nil then
      call("attributes_update", target, attributes(options, { path = path }))
    else
      call("write", target, attributes(options, { path = path, content = content }))
    end
  elseif seen.type == "absent" then
    call("write", target, attributes(options, { path = path, content = content or "" }), { diff = seen.diff })
  elseif seen.type ~= "file" then
    not_regular(path, seen.type)
  elseif not seen.content then
    call("write", target, attributes(options, { path = path, content = content }), { diff = seen.diff })
  elseif not seen.same then
    call("attributes_update", target, attributes(options, { path = path }), { diff = seen.diff })
  end
  return { path = path }
end

internal.compose("file_ensure", function(self, options)
  return put(internal.target(self), options, options.content)
end)

internal.compose("template_ensure", function(self, options)
  if (options.template == nil) == (options.source == nil) then
    fail("argument.invalid", "machine.template_ensure: give either 'template' or 'source'")
  end
  local text = options.template
  if text == nil then
    -- The template lies beside the runbook, on this computer, wherever the file goes.
    text = call("read", { kind = "local" }, { path = options.source })
  end
  if not is_unknown(text) then
    text = require("template").render(text, options.values or {})
  end
  return put(internal.target(self), options, text)
end)

internal.compose("directory_ensure", function(self, options)
  local target, path = internal.target(self), options.path
  local seen = call("file_verify", target, attributes(options, { path = path }))
  if is_unknown(seen) or seen.type == "absent" then
    call("directory_create", target, attributes(options, { path = path }))
  elseif seen.type ~= "directory" then
    not_regular(path, seen.type)
  elseif not seen.same then
    call("attributes_update", target, attributes(options, { path = path }), { diff = seen.diff })
  end
  return { path = path }
end)

internal.compose("link_ensure", function(self, options)
  local target, path, to = internal.target(self), options.path, options.to
  local seen = call("find", target, { path = path, follow = false })
  if is_unknown(seen) or seen == nil then
    call("link_create", target, { path = path, to = to, replace = is_unknown(seen) })
  elseif seen.type ~= "link" then
    not_regular(path, seen.type)
  elseif seen.target ~= to then
    local diff = ("--- %s\n+++ %s\n@@ -1 +1 @@\n-%s\n+%s\n"):format(path, path, seen.target, to)
    call("link_create", target, { path = path, to = to, replace = true }, { diff = diff })
  end
  return { path = path }
end)

local function lines_of(text)
  local lines = {}
  local from = 1
  while from <= #text do
    local stop = text:find("\n", from, true) or #text + 1
    lines[#lines + 1] = text:sub(from, stop - 1)
    from = stop + 1
  end
  return lines
end

local function last_match(lines, pattern)
  for i = #lines, 1, -1 do
    if lines[i]:find(pattern) then
      return i
    end
  end
  return nil
end

local function first_match(lines, pattern)
  for i = 1, #lines do
    if lines[i]:find(pattern) then
      return i
    end
  end
  return nil
end

local function index_of(lines, line)
  for i = 1, #lines do
    if lines[i] == line then
      return i
    end
  end
  return nil
end

local function place_for(lines, options)
  local after = options.after and last_match(lines, options.after)
  if after then
    return after + 1
  end
  return options.before and first_match(lines, options.before) or #lines + 1
end

-- Gives whether it changed the lines.
local function add_line(lines, options)
  local matched = options.match and last_match(lines, options.match)
  if matched then
    local differs = lines[matched] ~= options.line
    lines[matched] = options.line
    return differs
  end
  if index_of(lines, options.line) then
    return false
  end
  table.insert(lines, place_for(lines, options), options.line)
  return true
end

local function remove_lines(lines, options)
  local kept = {}
  for _, line in ipairs(lines) do
    local gone = line == options.line or (options.match and line:find(options.match) ~= nil)
    if not gone then
      kept[#kept + 1] = line
    end
  end
  return kept, #kept < #lines
end

internal.compose("line_ensure", function(self, options)
  local target, path = internal.target(self), options.path
  local absent = options.state == "absent"
  if options.line == nil and not (absent and options.match) then
    fail("argument.invalid", "machine.line_ensure: 'line' is missing", { hint = "only state = \"absent\" with 'match' does without" })
  end
  if options.line and options.line:find("\n", 1, true) then
    fail("argument.invalid", "machine.line_ensure: 'line' holds a line break")
  end
  local seen = call("find", target, { path = path, follow = false })
  if is_unknown(seen) then
    call("write", target, { path = path, content = seen })
    return { path = path }
  end
  if seen ~= nil and seen.type ~= "file" then
    not_regular(path, seen.type)
  end
  local lines = {}
  if seen ~= nil then
    lines = lines_of(call("read", target, { path = path }))
  end
  local changed
  if absent then
    lines, changed = remove_lines(lines, options)
  else
    changed = add_line(lines, options)
  end
  if changed then
    local text = #lines > 0 and table.concat(lines, "\n") .. "\n" or ""
    put(target, { path = path }, text)
  end
  return { path = path }
end)

internal.compose("process_ensure", function(self, options)
  local target = internal.target(self)
  local wanted = { name = options.name, argv = options.argv, cwd = options.cwd, env = options.env, log = options.log }
  local seen = call("process_verify", target, wanted)
  if not is_unknown(seen) then
    if seen.state == "same" then
      return call("process_get", target, { name = options.name })
    elseif seen.state == "different" then
      call("process_stop", target, { name = options.name, grace = options.grace })
    end
  end
  return call("process_start", target, wanted)
end)

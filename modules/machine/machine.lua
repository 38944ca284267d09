-- SPDX-License-Identifier: Apache-2.0
-- Desired state on top of the plain operations: read, compare, change only what differs. The same on every kind of
-- machine, because only operations are called.
local M, internal = ...

local call, fail, is_unknown = internal.call, internal.fail, internal.is_unknown

function M.here()
  return internal.handle("Machine", { kind = "local" })
end

function M.ssh(address, options)
  local target = require("ssh").destination(address, options, "machine.ssh")
  target.kind = "ssh"
  return internal.handle("Machine", target)
end

local function check_options(name, options, known)
  if type(options) ~= "table" then
    fail("argument.invalid", ("%s: the options must be a table, got %s"):format(name, type(options)))
  end
  for key, value in pairs(options) do
    local kind = known[key]
    if kind == nil then
      fail("argument.invalid", ("%s: there is no option '%s'"):format(name, tostring(key)))
    elseif type(value) ~= kind and not (kind == "secret" and (type(value) == "string" or type(value) == "userdata")) then
      fail("argument.invalid", ("%s: '%s' is no %s"):format(name, key, kind))
    end
  end
end

function M.container(engine, name, options)
  local ok, address = pcall(internal.target, engine)
  -- The target of an engine over TCP is a table.
  if not ok or type(address) ~= "string" and not (type(address) == "table" and type(address.address) == "string") then
    fail("argument.invalid", "machine.container: the engine must be a handle that docker.connect gave")
  end
  if type(name) ~= "string" or name == "" then
    fail("argument.invalid", "machine.container: the container's name must be a string")
  end
  options = options or {}
  check_options("machine.container", options, { user = "string" })
  return internal.handle("Machine", { kind = "container", engine = address, name = name, user = options.user })
end

local Machine = internal.class("Machine")

function Machine:sudo(options)
  options = options or {}
  check_options("machine.Machine:sudo", options, { user = "string", password = "secret" })
  local target = internal.target(self)
  if target.kind == "local" then
    fail("machine.unsupported", "sudo is for machines that are reached through a shell", {
      hint = "run the runbook as the user who may do it",
    })
  end
  target.sudo, target.sudo_password = options.user or true, options.password
  return internal.handle("Machine", target)
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

local TRANSFER = { "mode", "owner", "group", "keep_times", "timeout" }

local function chosen(options, keys, more)
  for _, key in ipairs(keys) do
    more[key] = options[key]
  end
  return more
end

-- Looks, and moves the file only where it differs. `change` gives the result, too, where nothing is known to differ.
local function move(self, from, to, options, look, change)
  local target = internal.target(self)
  local args = chosen(options, TRANSFER, { from = from, to = to })
  local seen = call(look, target, args)
  if is_unknown(seen) then
    return call(change, target, args)
  end
  if seen.type ~= "absent" and seen.type ~= "file" then
    not_regular(seen.path, seen.type)
  end
  if seen.same then
    return { path = seen.path, size = seen.size, sha256 = seen.sha256 }
  end
  args.size, args.sha256 = seen.size, seen.sha256 ~= "" and seen.sha256 or nil
  local moved = call(change, target, args, { diff = seen.diff, handlers = options.on_progress and { on_progress = options.on_progress } })
  return { path = moved.path, size = moved.size, sha256 = moved.sha256 }
end

internal.compose("upload", function(self, from, to, options)
  return move(self, from, to, options, "upload_verify", "file_put")
end)

internal.compose("download", function(self, from, to, options)
  return move(self, from, to, options, "download_verify", "file_fetch")
end)

internal.compose("sync", function(self, from, to, options)
  local target = internal.target(self)
  local keys = { "delete", "exclude", "mode", "directory_mode", "owner", "group", "timeout" }
  local args = chosen(options, keys, { from = from, to = to })
  local seen = call("tree_verify", target, args)
  if is_unknown(seen) then
    args.added, args.changed, args.attributes = seen, seen, seen
    call("tree_put", target, args)
    return { path = to }
  end
  if #seen.replaced > 0 and not options.delete then
    fail("machine.exists", ("'%s' in '%s' is a directory on one side only"):format(seen.replaced[1], seen.path), {
      hint = "delete = true removes what is in the way",
      context = { path = seen.path },
    })
  end
  local function remove()
    if #seen.removed_files + #seen.removed_directories > 0 then
      call("tree_remove", target, {
        to = to, files = seen.removed_files, directories = seen.removed_directories, timeout = options.timeout,
      }, { diff = seen.diff })
    end
  end
  -- What is in the way goes first; all else goes when the new files are there.
  if #seen.replaced > 0 then remove() end
  if seen.absent or #seen.added + #seen.changed + #seen.attributes > 0 then
    args.added, args.changed, args.attributes = seen.added, seen.changed, seen.attributes
    args.create, args.bytes = seen.absent, seen.bytes
    call("tree_put", target, args, { diff = seen.diff, handlers = options.on_progress and { on_progress = options.on_progress } })
  end
  if #seen.replaced == 0 then remove() end
  return {
    path = seen.path, added = seen.added, changed = seen.changed,
    removed = #seen.removed_files + #seen.removed_directories, bytes = seen.bytes,
  }
end)

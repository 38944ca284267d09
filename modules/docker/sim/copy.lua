-- SPDX-License-Identifier: Apache-2.0
-- Files within the containers of a simulated engine: what is copied into them, and what the test's functions write.
local _, shared, engine = ...
local crypto = require "crypto"
local json = require "json"
local archive, behaviour = engine.part "archive", engine.part "behaviour"

local DIRECTORY, LINK = 1 << 31, 1 << 27
local STANDARD = { "/", "/bin", "/etc", "/home", "/opt", "/root", "/run", "/srv", "/tmp", "/usr", "/var", "/www" }

-- What is known of a container's files: path -> { kind, mode, uid, gid, link }; contents are where its behaviour reads them.
local function tree_of(container)
  if not container.tree then
    container.tree = {}
    for _, path in ipairs(STANDARD) do container.tree[path] = { kind = "5", mode = 493, uid = 0, gid = 0 } end
    for _, mount in ipairs(container.mounts) do container.tree[mount.Destination] = { kind = "5", mode = 493, uid = 0, gid = 0 } end
  end
  for path in pairs(container.files or {}) do
    container.tree[path] = container.tree[path] or { kind = "0", mode = 420, uid = 0, gid = 0 }
  end
  return container.tree
end

local function clean(path)
  path = ("/" .. path):gsub("/%.$", "/"):gsub("/+", "/")
  return #path > 1 and path:gsub("/$", "") or path
end

local function content_of(container, path) return behaviour.handle(container):read(path) or "" end

local function missing(request)
  shared.refuse(404, "Could not find the file %s in container %s", request.query.path, request.args.name)
end

local function wanted(request)
  local container = engine.get_container(request.args.name)
  local path = clean(request.query.path or "")
  return container, path, tree_of(container)[path] or missing(request)
end

local function base(path) return path:match("[^/]*$") end

local function described(container, path, node)
  local mode = node.mode + (node.kind == "5" and DIRECTORY or node.kind == "2" and LINK or 0)
  return json.encode { name = base(path), size = node.kind == "0" and #content_of(container, path) or 0, mode = mode,
    mtime = shared.moment(container.created), linkTarget = node.link or "" }
end

engine.route("HEAD", "/containers/{name}/archive", function(request)
  local container, path, node = wanted(request)
  return { headers = { ["x-docker-container-path-stat"] = crypto.base64_encode(described(container, path, node)) } }
end)

engine.route("GET", "/containers/{name}/archive", function(request)
  local container, path, node = wanted(request)
  local out = {}
  local function add(at, entry)
    local name = base(path) .. at:sub(#path + 1) .. (entry.kind == "5" and "/" or "")
    out[#out + 1] = archive.entry(name, entry.kind == "0" and content_of(container, at) or "",
      { kind = entry.kind, mode = entry.mode, uid = entry.uid, gid = entry.gid, link = entry.link })
  end
  add(path, node)
  local tree = tree_of(container)
  for _, at in ipairs(shared.sorted(tree)) do
    if at:sub(1, #path + 1) == path .. "/" then add(at, tree[at]) end
  end
  return { body = table.concat(out) .. archive.ending, headers = { ["content-type"] = "application/x-tar" } }
end)

engine.route("PUT", "/containers/{name}/archive", function(request)
  local container, path, node = wanted(request)
  if node.kind ~= "5" then shared.refuse(400, "extraction point is not a directory") end
  local tree, handle = tree_of(container), behaviour.handle(container)
  for _, entry in ipairs(archive.entries(request.body)) do
    local at = clean(path .. "/" .. entry.name)
    local there = tree[at]
    if there and (there.kind == "5") ~= (entry.kind == "5") and request.query.noOverwriteDirNonDir == "true" then
      shared.refuse(400, "cannot overwrite %sdirectory %q with %sdirectory %q", there.kind == "5" and "" or "non-", at,
        entry.kind == "5" and "" or "non-", path)
    end
    tree[at] = { kind = entry.kind, mode = entry.mode, uid = entry.uid, gid = entry.gid, link = entry.link }
    if entry.kind == "0" then handle:write(at, entry.content) end
  end
  return { status = 200 }
end)

-- What runs in it, and what that takes.

engine.route("GET", "/containers/{name}/top", function(request)
  local container = engine.get_container(request.args.name)
  if container.status ~= "running" then shared.refuse(409, "Container %s is not running", container.id) end
  local row = { "root", tostring(container.pid), "1", "0", "00:00", "?", "00:00:00", table.concat(container.argv, " ") }
  return { json = { Titles = { "UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD" }, Processes = { row } } }
end)

engine.route("GET", "/containers/{name}/stats", function(request)
  local container = engine.get_container(request.args.name)
  local limit = (container.host.Memory or 0) > 0 and container.host.Memory or 8 << 30
  local function cpu(total, machine) return { cpu_usage = { total_usage = total }, system_cpu_usage = machine, online_cpus = 2 } end
  return { json = { name = "/" .. container.name, id = container.id, pids_stats = { current = 1 }, cpu_stats = cpu(2000, 40000),
    precpu_stats = cpu(1000, 20000), memory_stats = { usage = 1 << 20, limit = limit, stats = {} }, networks = {},
    blkio_stats = {} } }
end)

engine.route("POST", "/containers/{name}/update", function(request)
  local container, wants = engine.get_container(request.args.name), request.json
  if (wants.Memory or 0) > 0 and wants.Memory < 6 * 1024 * 1024 then shared.refuse(400, "Minimum memory limit allowed is 6MB") end
  for key, value in pairs(wants) do container.host[key] = value end
  engine.note_container(container, "update")
  return { json = { Warnings = shared.null } }
end)

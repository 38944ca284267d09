-- SPDX-License-Identifier: Apache-2.0
-- The swarm that a simulated engine is in: its making, its nodes, and what all that is kept in it has in common. Engines of
-- one test join each other; other nodes are only names that tasks are on.
local sim, shared, engine = ...

local M = {}

function M.id(kind)
  engine.made = engine.made + 1
  return shared.id(kind .. engine.target, engine.made):sub(1, 25)
end

-- Everything has a number that counts the changes of the whole swarm.
function M.touch(object)
  local cluster = engine.swarm.cluster
  cluster.index = cluster.index + 1
  object.Version, object.UpdatedAt = { Index = cluster.index }, shared.moment(sim.now())
  object.CreatedAt = object.CreatedAt or object.UpdatedAt
  return object
end

local NOT_MANAGER = 'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm '
  .. "and try again."
local WORKER = "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a "
  .. "manager node or promote the current node to a manager."

-- The swarm, where this engine is one of its managers.
function M.cluster()
  if not engine.swarm then shared.refuse(503, NOT_MANAGER) end
  if engine.swarm.node.Spec.Role ~= "manager" then shared.refuse(503, WORKER) end
  return engine.swarm.cluster
end

-- By id, by name, by the beginning of an id.
function M.find(list, name)
  for _, key in ipairs { "ID", "Name" } do
    for _, item in ipairs(list) do
      local own = key == "ID" and item.ID or item.Description and item.Description.Hostname or item.Spec and item.Spec.Name
      if own == name then return item end
    end
  end
  for _, item in ipairs(list) do
    if item.ID:sub(1, #name) == name then return item end
  end
end

function M.remove(list, object)
  for at, other in ipairs(list) do
    if other == object then return table.remove(list, at) end
  end
end

local published = 30000

function M.next_port()
  published = published + 1
  return published - 1
end

-- What is sent back must be of the newest version.
function M.check_version(object, request)
  local version = tonumber(request.query.version)
  if not version then shared.refuse(400, "invalid swarm object version '%s'", request.query.version or "") end
  if version ~= object.Version.Index then shared.refuse(500, "rpc error: code = Unknown desc = update out of sequence") end
end

local function manager_status(node)
  if node.Spec.Role ~= "manager" then return nil end
  return { Leader = node.leader or nil, Reachability = "reachable", Addr = node.addr }
end

local function shown(node)
  return {
    ID = node.ID, Version = node.Version, CreatedAt = node.CreatedAt, UpdatedAt = node.UpdatedAt, Spec = node.Spec,
    Description = node.Description, Status = { State = node.state, Addr = (node.addr:gsub(":%d+$", "")) },
      ManagerStatus = manager_status(node),
  }
end

local function add_node(cluster, spec)
  local node = {
    ID = M.id("node"), addr = spec.addr or "10.0.0." .. #cluster.nodes + 1 .. ":2377", state = spec.state or "ready", engine = spec.engine,
    Spec = { Labels = spec.labels or {}, Role = spec.role or "worker", Availability = spec.availability or "active" },
    Description = { Hostname = spec.name, Platform = { Architecture = "x86_64", OS = "linux" },
      Resources = { NanoCPUs = 2000000000, MemoryBytes = 8 << 30 }, Engine = { EngineVersion = engine.version } },
  }
  cluster.nodes[#cluster.nodes + 1] = node
  return node
end

local function token(kind)
  return ("SWMTKN-1-%s-%s"):format(shared.id("root", 1):sub(1, 50), shared.id(kind .. engine.target, engine.made):sub(1, 25))
end

local function new_tokens()
  engine.made = engine.made + 1
  return { Worker = token "worker", Manager = token "manager" }
end

local function init(spec)
  local host = (spec.AdvertiseAddr or "127.0.0.1"):gsub(":%d+$", "")
  local addr = host .. ":" .. ((spec.ListenAddr or ""):match(":(%d+)$") or "2377")
  local cluster = { ID = M.id("cluster"), index = 9, nodes = {}, services = {}, tasks = {}, secrets = {}, configs = {},
    tokens = new_tokens(),
    Spec = { Name = "default", Labels = spec.Spec and spec.Spec.Labels or {} }, pool = spec.DefaultAddrPool, subnet = spec.SubnetSize }
  engine.swarm = { cluster = cluster }
  local node = add_node(cluster, { name = engine.hostname, role = "manager", addr = addr, engine = engine })
  node.leader, engine.swarm.node = true, node
  M.touch(node)
  M.touch(cluster)
  shared.swarms[addr] = cluster
  return node
end

engine.route("POST", "/swarm/init", function(request)
  if engine.swarm then
    shared.refuse(503, 'This node is already part of a swarm. Use "docker swarm leave" to leave this swarm and join another one.')
  end
  return { json = init(request.json).ID }
end)

local function join(spec)
  local addr = (spec.RemoteAddrs or {})[1] or ""
  local cluster = shared.swarms[addr]
  if not (spec.JoinToken or ""):find("^SWMTKN%-1%-%w+%-%w+$") then shared.refuse(500, "invalid join token") end
  if not cluster then
    shared.refuse(503, 'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing dial tcp %s: '
      .. 'connect: connection refused"', addr)
  end
  local role = spec.JoinToken == cluster.tokens.Manager and "manager" or spec.JoinToken == cluster.tokens.Worker and "worker"
  if not role then shared.refuse(500, "rpc error: code = InvalidArgument desc = A valid join token is necessary to join this cluster") end
  local node = add_node(cluster, { name = engine.hostname, role = role, engine = engine, availability = spec.Availability,
    addr = (spec.AdvertiseAddr or "127.0.0.2") .. ":2377" })
  engine.swarm = { cluster = cluster, node = node }
  M.touch(node)
end

engine.route("POST", "/swarm/join", function(request)
  if engine.swarm then
    shared.refuse(503, 'This node is already part of a swarm. Use "docker swarm leave" to leave this swarm and join another one.')
  end
  join(request.json)
  return { status = 200 }
end)

local LAST = "You are attempting to leave the swarm on a node that is participating as a manager. "

engine.route("POST", "/swarm/leave", function(request)
  if not engine.swarm then shared.refuse(503, "This node is not part of a swarm") end
  local force = request.query.force == "true" or request.query.force == "1"
  local cluster, node, managers = engine.swarm.cluster, engine.swarm.node, 0
  for _, one in ipairs(cluster.nodes) do managers = managers + (one.Spec.Role == "manager" and 1 or 0) end
  if node.Spec.Role == "manager" and not force then
    shared.refuse(503, LAST .. (managers == 1
      and "Removing the last manager erases all current state of the swarm. Use `--force` to ignore this message. "
      or "The only way to restore a swarm that has lost consensus is to reinitialize it with "
        .. "`--force-new-cluster`. Use `--force` to suppress this message. "))
  end
  engine.part("swarm_tasks").clear(node)
  node.state = "down"
  if managers == 1 and node.Spec.Role == "manager" then shared.swarms[node.addr] = nil end
  engine.swarm = nil
  return { status = 200 }
end)

engine.route("GET", "/swarm", function()
  local cluster = M.cluster()
  return { json = { ID = cluster.ID, Version = cluster.Version, CreatedAt = cluster.CreatedAt, UpdatedAt = cluster.UpdatedAt,
    Spec = cluster.Spec,
    JoinTokens = cluster.tokens } }
end)

engine.route("POST", "/swarm/update", function(request)
  local cluster = M.cluster()
  M.check_version(cluster, request)
  cluster.Spec = request.json
  local fresh = new_tokens()
  if request.query.rotateWorkerToken == "true" then cluster.tokens.Worker = fresh.Worker end
  if request.query.rotateManagerToken == "true" then cluster.tokens.Manager = fresh.Manager end
  M.touch(cluster)
  return { status = 200 }
end)

-- What `info` says of it.
function M.info()
  if not engine.swarm then
    return { NodeID = "", NodeAddr = "", LocalNodeState = "inactive", ControlAvailable = false, Error = "", RemoteManagers = shared.null }
  end
  local cluster, node, managers = engine.swarm.cluster, engine.swarm.node, {}
  for _, one in ipairs(cluster.nodes) do
    if one.Spec.Role == "manager" then managers[#managers + 1] = { NodeID = one.ID, Addr = one.addr } end
  end
  local out = { NodeID = node.ID, NodeAddr = (node.addr:gsub(":%d+$", "")), LocalNodeState = "active", Error = "",
    RemoteManagers = managers,
    ControlAvailable = node.Spec.Role == "manager" }
  if out.ControlAvailable then
    out.Nodes, out.Managers = #cluster.nodes, #managers
    out.Cluster = { ID = cluster.ID, Version = cluster.Version, CreatedAt = cluster.CreatedAt, UpdatedAt = cluster.UpdatedAt,
      Spec = cluster.Spec,
      DefaultAddrPool = cluster.pool or { "10.0.0.0/8" }, SubnetSize = cluster.subnet or 24 }
  end
  return out
end

-- Nodes.

local filters = {
  id = function(node, value) return node.ID:sub(1, #value) == value end,
  name = function(node, value) return node.Description.Hostname:sub(1, #value) == value end,
  role = function(node, value) return node.Spec.Role == value end,
  label = function() return false end,
  ["node.label"] = function(node, value) return shared.has_label(node.Spec.Labels, value) end,
  membership = function(_, value) return value == "accepted" end,
}

local function get_node(name)
  local cluster = M.cluster()
  if name == "self" then return engine.swarm.node end
  return M.find(cluster.nodes, name) or shared.refuse(404, "node %s not found", name)
end

engine.route("GET", "/nodes", function(request)
  local rows = {}
  for _, node in ipairs(shared.filtered(M.cluster().nodes, request.query.filters, filters)) do rows[#rows + 1] = shown(node) end
  return { json = shared.list(rows) }
end)

engine.route("GET", "/nodes/{name}", function(request) return { json = shown(get_node(request.args.name)) } end)

engine.route("POST", "/nodes/{name}/update", function(request)
  local node, managers = get_node(request.args.name), 0
  M.check_version(node, request)
  for _, one in ipairs(M.cluster().nodes) do managers = managers + (one.Spec.Role == "manager" and 1 or 0) end
  if node.Spec.Role == "manager" and request.json.Role == "worker" and managers == 1 then
    shared.refuse(400, "rpc error: code = FailedPrecondition desc = attempting to demote the last manager of the swarm")
  end
  node.Spec = request.json
  M.touch(node)
  return { status = 200 }
end)

engine.route("DELETE", "/nodes/{name}", function(request)
  local node = get_node(request.args.name)
  local force = request.query.force == "true" or request.query.force == "1"
  if node.Spec.Role == "manager" and not force then
    shared.refuse(400, "rpc error: code = FailedPrecondition desc = node %s is a cluster manager and is a member of the raft cluster. "
      .. "It must be demoted to worker before removal", node.ID)
  end
  if node.state ~= "down" and not force then
    shared.refuse(400, "rpc error: code = FailedPrecondition desc = node %s is not down and can't be removed", node.ID)
  end
  engine.part("swarm_tasks").clear(node)
  M.remove(M.cluster().nodes, node)
  return { status = 200 }
end)

if engine.given_swarm then
  local declared = type(engine.given_swarm) == "table" and engine.given_swarm or {}
  init { Spec = { Labels = declared.labels } }
  engine.swarm.node.Spec.Labels = declared.node_labels or {}
  for _, spec in ipairs(declared.nodes or {}) do
    if type(spec) == "string" then spec = { name = spec } end
    M.touch(add_node(engine.swarm.cluster, spec))
  end
end

return M

-- SPDX-License-Identifier: Apache-2.0
-- Networks of a simulated engine, and who hears whom on them.
local sim, shared, engine = ...

local M = {}
local PREDEFINED = { bridge = "bridge", host = "host", none = "null" }
local subnets, overlays = 0, 0

local function add(name, spec)
  engine.made = engine.made + 1
  local network = {
    id = shared.id("network", engine.made), name = name, created = sim.now(), driver = spec.Driver, labels = spec.Labels or {},
    options = spec.Options or {}, internal = spec.Internal, attachable = spec.Attachable, ipv6 = spec.EnableIPv6, last = 1,
  }
  local pool = spec.IPAM and spec.IPAM.Config and spec.IPAM.Config[1]
  if pool then
    network.subnet, network.gateway = pool.Subnet, pool.Gateway
    network.more = { table.unpack(spec.IPAM.Config, 2) }
  elseif network.driver == "bridge" then
    network.subnet, network.gateway = ("172.%d.0.0/16"):format(17 + subnets), ("172.%d.0.1"):format(17 + subnets)
    subnets = subnets + 1
  elseif network.driver == "overlay" then
    -- Networks of a swarm have shorter ids.
    network.id, network.subnet, network.gateway = network.id:sub(1, 25), ("10.0.%d.0/24"):format(1 + overlays),
      ("10.0.%d.1"):format(1 + overlays)
    overlays = overlays + 1
  end
  engine.networks[#engine.networks + 1] = network
  return network
end

for _, name in ipairs { "bridge", "host", "none" } do add(name, { Driver = PREDEFINED[name] }).predefined = true end

-- By its name, its id or the beginning of its id.
function M.find(name)
  for _, key in ipairs { "name", "id" } do
    for _, network in ipairs(engine.networks) do
      if network[key] == name then return network end
    end
  end
  for _, network in ipairs(engine.networks) do
    if #name >= 4 and network.id:sub(1, #name) == name then return network end
  end
end

function M.get(name) return M.find(name) or shared.refuse(404, "network %s not found", name) end

-- The network of an endpoint. Once a container has run on a network of one's own it means that one, and no other that
-- is given its name later.
function M.of(name, endpoint)
  return M.get(endpoint.network_id and not PREDEFINED[name] and endpoint.network_id or name)
end

-- An endpoint of a container that runs: its address.
function M.join(network, endpoint)
  endpoint.network_id = network.id
  if endpoint.address or not network.subnet then return end
  network.last = network.last + 1
  endpoint.address = network.subnet:gsub("%d+/%d+$", tostring(network.last))
  engine.made = engine.made + 1
  endpoint.id = shared.id("endpoint", engine.made)
end

function M.leave(endpoint) endpoint.address, endpoint.id = nil, nil end

-- The containers that run on it.
function M.members(network)
  local out = {}
  for _, container in ipairs(engine.containers) do
    local endpoint = container.endpoints[network.name]
    if endpoint and container.status == "running" then out[#out + 1] = { container = container, endpoint = endpoint } end
  end
  return out
end

local function shown(network)
  local pools, containers = {}, {}
  if network.subnet then pools[1] = { Subnet = network.subnet, Gateway = network.gateway } end
  for _, pool in ipairs(network.more or {}) do pools[#pools + 1] = { Subnet = pool.Subnet } end
  for _, member in ipairs(M.members(network)) do
    containers[member.container.id] = {
      Name = member.container.name, EndpointID = member.endpoint.id or "", MacAddress = "", IPv6Address = "",
      IPv4Address = member.endpoint.address and member.endpoint.address .. network.subnet:match("/%d+$") or "",
    }
  end
  return {
    Name = network.name, Id = network.id, Created = shared.moment(network.created), Scope = network.driver == "overlay" and "swarm"
      or "local", Driver = network.driver,
    EnableIPv6 = network.ipv6 or false, Internal = network.internal or false, Attachable = network.attachable or false, Ingress = false,
    IPAM = { Driver = "default", Options = shared.null, Config = shared.list(pools) }, Containers = containers,
    Options = network.options, Labels = network.labels, ConfigFrom = { Network = "" }, ConfigOnly = false,
  }
end

local filters = {
  label = function(network, value) return shared.has_label(network.labels, value) end,
  driver = function(network, value) return network.driver == value end,
  name = function(network, value) return network.name:find(value, 1, true) ~= nil end,
  id = function(network, value) return network.id:sub(1, #value) == value end,
}

engine.route("GET", "/networks", function(request)
  local rows = {}
  for _, network in ipairs(shared.filtered(engine.networks, request.query.filters, filters)) do rows[#rows + 1] = shown(network) end
  return { json = shared.list(rows) }
end)

local DRIVERS = { bridge = true, ipvlan = true, macvlan = true, overlay = true }

engine.route("POST", "/networks/create", function(request)
  local spec = request.json
  spec.Driver = spec.Driver and spec.Driver ~= "" and spec.Driver or "bridge"
  if PREDEFINED[spec.Name] then shared.refuse(403, "operation is not permitted on predefined %s network ", spec.Name) end
  if spec.Driver == "host" or spec.Driver == "null" then
    shared.refuse(403, 'only one instance of "%s" network is allowed', spec.Driver)
  end
  for _, network in ipairs(engine.networks) do
    if network.name == spec.Name then shared.refuse(409, "network with name %s already exists", spec.Name) end
  end
  if spec.Driver == "overlay" then engine.part("swarm").cluster() end
  if not DRIVERS[spec.Driver] then shared.refuse(404, 'plugin "%s" not found', spec.Driver) end
  local pool = spec.IPAM and spec.IPAM.Config and spec.IPAM.Config[1]
  if pool and not pool.Subnet:find("^[%x.:]+/%d+$") then
    shared.refuse(500, "Invalid subnet %s : invalid CIDR address: %s", pool.Subnet, pool.Subnet)
  end
  for _, network in ipairs(engine.networks) do
    if pool and network.subnet == pool.Subnet then shared.refuse(403, "Pool overlaps with other one on this address space") end
  end
  return { status = 201, json = { Id = add(spec.Name, spec).id, Warning = "" } }
end)

engine.route("GET", "/networks/{name}", function(request) return { json = shown(M.get(request.args.name)) } end)

engine.route("DELETE", "/networks/{name}", function(request)
  local network = M.get(request.args.name)
  if network.predefined then shared.refuse(403, "%s is a pre-defined network and cannot be removed", network.name) end
  if #M.members(network) > 0 then
    shared.refuse(403, "error while removing network: network %s id %s has active endpoints", network.name, network.id)
  end
  local user = engine.part("swarm_tasks").user_of(network)
  if user then shared.refuse(400, "rpc error: code = FailedPrecondition desc = network %s is in use by %s", network.id, user) end
  for at, other in ipairs(engine.networks) do
    if other == network then table.remove(engine.networks, at) end
  end
  return { status = 204 }
end)

engine.route("POST", "/networks/{name}/connect", function(request)
  local container = engine.get_container(request.json.Container)
  local network = M.get(request.args.name)
  if container.endpoints[network.name] then
    shared.refuse(403, "endpoint with name %s already exists in network %s", container.name, network.name)
  end
  local config = request.json.EndpointConfig or {}
  local endpoint = { aliases = config.Aliases }
  container.endpoints[network.name] = endpoint
  if container.status == "running" then M.join(network, endpoint) end
  return { status = 200 }
end)

engine.route("POST", "/networks/{name}/disconnect", function(request)
  local container = engine.get_container(request.json.Container)
  local network = M.get(request.args.name)
  if not container.endpoints[network.name] then
    local article = container.status == "running" and "" or "the "
    shared.refuse(500, "container %s is not connected to %snetwork %s", container.id, article, network.name)
  end
  container.endpoints[network.name] = nil
  return { status = 200 }
end)

-- The running container that `from` reaches as `host`: by name or alias on a network of its own making, or by address.
function M.resolve(from, host)
  for _, name in ipairs(shared.sorted(from.endpoints)) do
    local network = M.find(name)
    for _, member in ipairs(network and M.members(network) or {}) do
      local container, endpoint = member.container, member.endpoint
      local named = container.name == host or container.id:sub(1, 12) == host or shared.contains(endpoint.aliases, host)
      if endpoint.address == host or (named and not network.predefined) then return container end
    end
  end
end

return M

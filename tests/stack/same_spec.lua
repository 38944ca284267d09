-- SPDX-License-Identifier: Apache-2.0
-- What `docker stack deploy` and what we make of the files beside this, on the engine that RUNBOOK_TEST_DOCKER names: a swarm
-- of one node with nothing in it. Each deploys all of them, also over what the other one did.
local docker = require "docker"
local machine = require "machine"
local json = require "json"
local rb = require "runbook"
local stack = require "stack"

local target = test_environment "DOCKER"
local folder = test_environment "FILES"
local here = machine.here()

local VARIABLES = { TAG = "1", PORT = "8080", PUBLISHED = "20777", NONE = "0", YES = "true", EMPTY = "", WAIT = "1m", PASSED = "through",
                    DOMAIN = "example.org", HOME = "/srv/home" }

-- name -> { files }, and which of them need a newer client than the oldest one.
local function read_corpus()
  local found, newer, names = {}, {}, {}
  for _, entry in ipairs(here:list(folder)) do
    local name, rest = entry.name:match "^([%w-]+)(.*)%.yml$"
    if name then
      if not found[name] then names[#names + 1] = name end
      found[name] = found[name] or {}
      found[name][rest == "" and 1 or rest == ".over" and 2 or 3] = folder .. "/" .. entry.name
    end
  end
  table.sort(names)
  for _, name in ipairs(names) do newer[name] = here:read(found[name][1]):find "^# since docker 24" ~= nil end
  return found, newer, names
end

local function docker_cli(arguments)
  local env = { DOCKER_HOST = target, DOCKER_CONFIG = folder }
  for name, value in pairs(VARIABLES) do env[name] = value end
  return here:run(table.move(arguments, 1, #arguments, 2, { "docker" }), { env = env, timeout = "1m" }).stdout
end

local corpus, newer, names, engine, client

-- With names in the place of ids, and without what an engine chooses by itself.
local function named(value, names_of)
  if type(value) == "string" then return names_of[value] or value end
  if type(value) ~= "table" then return value end
  local made = {}
  for key, inner in pairs(value) do made[key] = named(inner, names_of) end
  return made
end

local function network_of(raw, text)
  local options = {}
  for key, value in pairs(raw.Options or {}) do
    if key ~= "com.docker.network.driver.overlay.vxlanid_list" then options[key] = value end
  end
  local pools = {}
  for _, pool in ipairs((raw.IPAM or {}).Config or {}) do
    if text:find(pool.Subnet, 1, true) then pools[#pools + 1] = pool end
  end
  return { Name = raw.Name, Labels = raw.Labels, Driver = raw.Driver, Options = options, Internal = raw.Internal,
           Attachable = raw.Attachable, Scope = raw.Scope, EnableIPv6 = raw.EnableIPv6,
           Ingress = raw.Ingress, Pools = pools, IPAM = (raw.IPAM or {}).Driver }
end

-- What the engine has of each stack: services, networks, secrets, configs.
local function snapshot()
  local ids, shots, versions = {}, {}, {}
  local secrets, configs, networks = engine:secret_list(), engine:config_list(), engine:network_list()
  for _, list in ipairs { secrets, configs, networks } do
    for _, one in ipairs(list) do ids[one.id] = one.name end
  end
  local function put(kind, one, spec)
    local name = one.labels["com.docker.stack.namespace"]
    if not name then return end
    shots[name] = shots[name] or { services = {}, networks = {}, secrets = {}, configs = {} }
    shots[name][kind][one.name] = named(spec, ids)
  end
  for _, one in ipairs(engine:service_list()) do
    put("services", one, one.raw.Spec)
    versions[one.name] = one.raw.Version.Index
  end
  for _, one in ipairs(secrets) do put("secrets", one, one.raw.Spec) end
  for _, one in ipairs(configs) do put("configs", one, one.raw.Spec) end
  for _, one in ipairs(networks) do
    local name = one.labels["com.docker.stack.namespace"]
    if name and corpus[name] then put("networks", one, network_of(one.raw, here:read(corpus[name][1]))) end
  end
  return shots, versions
end

local function running()
  local ids = {}
  for _, task in ipairs(engine:task_list { desired_state = "running" }) do ids[#ids + 1] = task.id end
  table.sort(ids)
  return ids
end

local function by_client(name)
  local arguments = { "stack", "deploy", "--resolve-image", "never" }
  for _, file in ipairs(corpus[name]) do
    arguments[#arguments + 1] = "-c"
    arguments[#arguments + 1] = file
  end
  arguments[#arguments + 1] = name
  docker_cli(arguments)
end

local function by_us(name)
  local model = stack.load(corpus[name], { variables = VARIABLES, lenient = true })
  model.warnings = {}
  return stack.deploy(engine, model, name, { resolve_image = "never", wait = false, local_volumes = "allow" })
end

local function takes(name) return client >= 24 or not newer[name] end

-- Steps are told apart by what they are in.
local function all_by_us(title)
  local done = {}
  for _, name in ipairs(names) do
    done[name] = rb.each({ title .. " " .. name }, function() return by_us(name) end)[1]
  end
  return done
end
local function all_by_client()
  for _, name in ipairs(names) do
    if takes(name) then by_client(name) end
  end
end
local function remove_all(title)
  rb.each(names, { limit = 8, key = function(name) return title .. " " .. name end }, function(name) stack.remove(engine, name) end)
end

local function wait_for_tasks()
  rb.wait_until("the tasks run", { timeout = "1m" }, function()
    local good = 0
    for _, task in ipairs(engine:task_list { desired_state = "running" }) do
      if task.raw.Status.State == "running" then good = good + 1 end
    end
    return good >= 4
  end)
end

describe("stacks of the docker CLI and ours", function()
  local theirs, over_theirs, ours, again, over_ours
  local tasks_theirs, tasks_over_theirs, tasks_ours, tasks_over_ours
  local versions_theirs, versions_over_theirs, versions_ours, versions_again

  setup(function()
    engine = docker.connect(target)
    client = tonumber(docker_cli({ "--version" }):match "version (%d+)")
    corpus, newer, names = read_corpus()
    for _, name in ipairs { "outside", "outside2" } do engine:network_ensure(name, { driver = "overlay" }) end
    for _, name in ipairs { "outside-secret", "outside-secret2" } do engine:secret_create { name = name, data = "x" } end
    engine:config_create { name = "outside-config", data = "x" }

    all_by_client()
    wait_for_tasks()
    theirs, versions_theirs = snapshot()
    tasks_theirs = running()
    over_theirs = all_by_us "over theirs"
    versions_over_theirs = select(2, snapshot())
    tasks_over_theirs = running()
    remove_all "first"

    all_by_us "ours"
    wait_for_tasks()
    ours, versions_ours = snapshot()
    tasks_ours = running()
    again = all_by_us "again"
    versions_again = select(2, snapshot())
    all_by_client()
    over_ours = snapshot()
    tasks_over_ours = running()
  end)
  teardown(function() remove_all "last" end)

  it("are many", function() assert.is_true(#names >= 60) end)

  it("have the same objects, whoever made them", function()
    local recorded = json.decode(here:read(folder .. "/../newer.json"))
    for _, name in ipairs(names) do
      -- A client that is too old for a file is stood in for by what a newer one made of it.
      local expected = takes(name) and theirs[name] or recorded[name]
      assert.are.same(expected, ours[name], name)
      if takes(name) then
        assert.are.same(expected, over_ours[name], name)
        if newer[name] and engine:version().version:find "^20%.10" then assert.are.same(recorded[name], expected, name) end
      end
    end
  end)

  it("are left alone where the other one made them", function()
    for _, name in ipairs(names) do
      if takes(name) then assert.are.equal(0, over_theirs[name].changes, name) end
    end
    for name, version in pairs(versions_theirs) do assert.are.equal(version, versions_over_theirs[name], name) end
  end)

  it("are sent nothing by a second deployment", function()
    for _, name in ipairs(names) do assert.are.equal(0, again[name].changes, name) end
    assert.are.same(versions_ours, versions_again)
  end)

  it("restart no task when the other one deploys them, in both directions", function()
    assert.is_true(#tasks_theirs >= 4)
    assert.are.same(tasks_theirs, tasks_over_theirs)
    assert.are.same(tasks_ours, tasks_over_ours)
  end)
end)

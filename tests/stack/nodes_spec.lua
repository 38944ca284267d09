-- SPDX-License-Identifier: Apache-2.0
-- Stacks on three machines, n1 the manager: volumes that do not follow a service, ports that nodes have once, and a node that
-- dies. RUNBOOK_TEST_DOCKER is n1's engine; RUNBOOK_TEST_SWARM ends and wakes the others.
local docker = require "docker"
local machine = require "machine"
local rb = require "runbook"
local stack = require "stack"

local engine = docker.connect(test_environment "DOCKER")
local folder = test_environment "TMP" .. "/files"
local here = machine.here()
local count = 0

local function apart(run)
  count = count + 1
  local result
  rb.each({ tostring(count) }, function() result = run() end)
  return result
end
local function model(text)
  here:directory_ensure { path = folder }
  here:write(folder .. "/stack.yml", text)
  return stack.load(folder .. "/stack.yml")
end
local function deploy(text, options)
  local all = { resolve_image = "never", timeout = "30s", monitor = "1s" }
  for key, value in pairs(options or {}) do all[key] = value end
  return apart(function() return stack.deploy(engine, model(text), "t", all) end)
end
local function remove(options) return apart(function() return stack.remove(engine, "t", options) end) end
local function swarm(verb, node)
  here:run({ "sh", test_environment "SWARM", verb, test_environment "NODES", node }, { timeout = "1m" })
end
local function until_so(check)
  for _ = 1, 300 do
    if check() then return end
    rb.sleep "200ms"
  end
  error("it did not come to that", 2)
end
local function running()
  for _, task in ipairs(stack.tasks(engine, "t")) do
    if task.state == "running" and task.desired_state == "running" then return task end
  end
end
local function left()
  local filter = { labels = { ["com.docker.stack.namespace"] = "t" } }
  return #engine:service_list(filter) + #engine:network_list(filter) + #engine:secret_list(filter) + #engine:config_list(filter)
end

-- Says what it finds on its volume, and adds a line.
local function counter(more, volume)
  volume = volume or "data"
  return "services: { db: { image: idle, volumes: ['" .. volume .. ":/data'], hostname: '{{.Node.Hostname}}', " ..
    [[command: [/bin/busybox, sh, -c, 'echo "found $$(/bin/busybox wc -l </data/x 2>/dev/null || echo nothing)"; ]] ..
    [[echo line >>/data/x; exec /bin/busybox sleep 100000'], ]] ..
    "deploy: { restart_policy: { delay: 100ms }" .. (more or "") .. " } } }\nvolumes: { " .. volume .. ": }"
end
local function found()
  local said = {}
  for line in engine:service_logs("t_db").stdout:gmatch "found (%w+)" do said[#said + 1] = line end
  return said
end

describe("a stack on several nodes", function()
  after_each(function()
    for _, node in ipairs(engine:node_list()) do engine:node_update(node.name, { availability = "active" }) end
    remove()
  end)

  it("is warned of, or refused, where a volume would not follow its service", function()
    local plan = stack.plan(engine, model(counter()), "t", { resolve_image = "never" })
    assert.contains("'t_db' may land on any of 3 nodes, and finds the volume 't_data' empty on another one than before",
      table.concat(plan.warnings, "\n"))
    local err = assert.has_error(function() deploy(counter(), { local_volumes = "refuse" }) end, "stack.refused")
    assert.contains("finds the volume 't_data' empty", err.message)
    assert.are.equal(0, left())
    local pinned = stack.plan(engine, model(counter ", placement: { constraints: [node.hostname == n2] }"), "t",
      { resolve_image = "never", local_volumes = "refuse" })
    assert.are.same({}, pinned.warnings)
  end)

  it("really has an empty volume on another node than before", function()
    local done = deploy(counter())
    assert.are.equal(1, #done.warnings)
    local first = running()
    engine:node_update(first.node, { availability = "drain" })
    until_so(function()
      local now = running()
      return now and now.node ~= first.node and #found() == 2
    end)
    assert.are.same({ "nothing", "nothing" }, found())
  end)

  it("keeps its volume on the node that a constraint names", function()
    deploy(counter(", placement: { constraints: [node.hostname == n2] }", "kept"), { local_volumes = "refuse" })
    engine:service_restart "t_db"
    until_so(function() return #found() == 2 end)
    local said = found()
    table.sort(said)
    assert.are.same({ "1", "nothing" }, said)
  end)

  it("fails with the words of the scheduler where no node has a port of the host left", function()
    local err = assert.has_error(function()
      deploy("services: { a: { image: idle, ports: [{ target: 80, published: 21090, mode: host }], deploy: { replicas: 4 } } }",
        { timeout = "15s" })
    end, "docker.timeout")
    assert.contains("host-mode port already in use on 3 nodes", err.message)
  end)

  it("is removed also where a node dies meanwhile, and what was on it is named", function()
    deploy("services: { a: { image: idle, deploy: { mode: global } } }")
    swarm("kill", "n3")
    local gone = remove { timeout = "90s" }
    assert.are.equal(1, gone.services)
    assert.are.equal(1, gone.lost)
    assert.are.equal(0, left())
    assert.are.equal("down", engine:node_get("n3").state)
    assert.are.equal(1, #deploy("services: { a: { image: idle, deploy: { mode: global } } }").created)
    swarm("wake", "n3")
    engine:node_wait("n3", { state = "ready", timeout = "60s" })
    until_so(function() return #stack.tasks(engine, "t") >= 3 end)
    assert.are.equal(0, remove().lost)
  end)
end)

-- SPDX-License-Identifier: Apache-2.0
-- deploy.lua and remove.lua on a simulated swarm.
local docker = require "docker"
local machine = require "machine"
local world_of = require "simulated_swarm"

local STACK = { labels = { ["com.docker.stack.namespace"] = "site" } }

local function names(list)
  local out = {}
  for index, one in ipairs(list) do out[index] = one.name end
  table.sort(out)
  return out
end

describe("deploying a stack file", function()
  local world, engine
  before_each(function()
    world = world_of(simulate)
    engine = docker.connect()
  end)

  local function deploy(more)
    local params = { file = { "/srv/site/stack.yml" }, name = "site", resolve_image = "never", within = "20s" }
    for key, value in pairs(more or {}) do params[key] = value end
    return world:run("deploy.lua", params)
  end

  local function run_is_done(run) assert.are.equal("done", run.state, run.error and run.error.message) end

  it("makes all that is in it, and sees it run", function()
    local run = deploy()
    assert.are.equal("done", run.state, run.error and run.error.message)
    assert.are.equal("site: 2 created, 0 updated, 0 removed, 0 as they were", run.printed)
    assert.are.same({ "site_db", "site_web" }, names(engine:service_list(STACK)))
    assert.are.same({ "site_default" }, names(engine:network_list(STACK)))
    assert.are.same({ "site_token" }, names(engine:secret_list(STACK)))
    assert.are.same({ "site_conf" }, names(engine:config_list(STACK)))
  end)

  it("changes nothing the second time", function()
    deploy()
    local before = world:state()
    local again = deploy()
    assert.are.equal("done", again.state)
    assert.are.equal(0, again.changed)
    assert.are.same(before, world:state())
  end)

  it("is planned without a change, and with what differs", function()
    deploy()
    local before = world:state()
    local plan = world:plan("deploy.lua", { file = { "/srv/site/stack.yml" }, name = "site", resolve_image = "never", var = { TAG = "2" } })
    assert.are.equal("planned", plan.state, plan.error and plan.error.message)
    assert.is_true(plan.planned > 0)
    assert.are.same(before, world:state())
  end)

  it("updates what has changed, and prunes where that is asked for", function()
    deploy()
    machine.here():write("/srv/site/stack.yml", "services: { web: { image: 'app:${TAG:-1}' } }")
    local run = deploy { var = { TAG = "2" }, prune = true }
    assert.are.equal("done", run.state, run.error and run.error.message)
    assert.are.equal("site: 0 created, 1 updated, 1 removed, 0 as they were", run.printed)
    assert.are.equal("app:2", engine:service_get("site_web").image)
    assert.are.same({ "site_web" }, names(engine:service_list(STACK)))
  end)

  it("leaves nothing behind where the first one fails", function()
    local before = world:state()
    local run = deploy { var = { TAG = "none" } }
    assert.are.equal("failed", run.state)
    assert.contains("No such image", run.error.message)
    assert.are.equal("undone", run.error.context.undo)
    assert.are.same({}, engine:service_list(STACK))
    assert.are.same({}, engine:network_list(STACK))
    assert.are.same({}, engine:secret_list(STACK))
    assert.are.same(before.files, world:state().files)
  end)

  it("is undone later, secrets included", function()
    assert.are.equal("done", deploy().state)
    local undone = world:undo()
    assert.are.equal("undone", undone.state, undone.error and undone.error.message)
    for _, kind in ipairs { "service", "network", "secret", "config" } do assert.are.same({}, engine[kind .. "_list"](engine, STACK)) end
  end)

  it("goes back to what ran before where a later one fails", function()
    deploy()
    assert.are.equal("failed", deploy({ var = { TAG = "none" } }).state)
    assert.are.equal("app:1", engine:service_get("site_web").image)
    assert.are.equal(0, deploy().changed)
  end)

  it("takes files joined by commas, and variables from files", function()
    machine.here():write("/srv/site/more.yml", "services: { web: { environment: { A: '${A}', B: '${B}' } } }")
    machine.here():write("/srv/site/site.env", "A=1\nB=2\n")
    local run = deploy { file = { "/srv/site/stack.yml,/srv/site/more.yml" }, env_file = { "/srv/site/site.env" }, var = { B = "3" },
                         folder = { "/srv/site" } }
    assert.are.equal("done", run.state, run.error and run.error.message)
    assert.are.same({ "A=1", "B=3" }, engine:service_get("site_web").raw.Spec.TaskTemplate.ContainerSpec.Env)
  end)

  it("refuses a secret with other content, unless it is rotated", function()
    deploy()
    machine.here():write("/srv/site/token.txt", "other")
    local run = deploy()
    assert.are.equal("stack.refused", run.error.code)
    assert.contains("the content of the secret 'site_token' has changed", run.error.message)
    assert.are.equal("done", deploy({ rotate = true }).state)
    assert.are.equal(0, deploy({ rotate = true }).changed)
  end)

  it("says all that is not permitted before it makes anything", function()
    machine.here():write("/srv/site/stack.yml", [[
services:
  web: { image: "app:1", volumes: ["/srv/one:/one", "/srv/two:/two:ro"], networks: [front] }
  db: { image: "db:1", volumes: ["/srv/one:/one", "data:/data"], networks: [front] }
networks: { front: {} }
volumes: { data: { driver_opts: { type: none, o: bind, device: /srv/three } } }
]])
    local before = world:state()
    local params = { file = { "/srv/site/stack.yml" }, name = "site", resolve_image = "never" }
    for _, run in ipairs { deploy(), world:plan("deploy.lua", params) } do
      assert.are.equal("permission.denied", run.error.code)
      assert.are.equal("stack.deploy: not permitted: write '/srv/one', write '/srv/three', read '/srv/two'", run.error.message)
      assert.contains("--allow write=/srv/one --allow write=/srv/three --allow read=/srv/two", run.error.hint)
      assert.are.equal(0, run.changed)
    end
    assert.are.same(before, world:state())
    for _, folder in ipairs { "/srv/one", "/srv/two" } do machine.here():directory_ensure { path = folder } end
    run_is_done(deploy { mount = { "/srv/one", "/srv/two", "/srv/three" } })
  end)

  it("judges every object that it would make, and the waiting", function()
    local params = { file = { "/srv/site/stack.yml" }, name = "site", resolve_image = "never" }
    local deny = {}
    for _, what in ipairs { "network.create", "config.create:site_conf", "service.ensure:site_db", "service.wait" } do
      deny[#deny + 1] = "docker=unix:///var/run/docker.sock=" .. what
    end
    local before = world:state()
    local run = world:run("deploy.lua", params, { deny = deny })
    assert.are.equal("permission.denied", run.error.code)
    for _, what in ipairs { "network.create:site_default", "config.create:site_conf", "service.ensure:site_db", "service.wait:site_db",
                            "service.wait:site_web" } do
      assert.contains("docker 'unix:///var/run/docker.sock' " .. what, run.error.message)
    end
    assert.are.same(before, world:state())
  end)

  it("says what is not permitted together with what else is wrong", function()
    deploy()
    machine.here():write("/srv/site/token.txt", "other")
    machine.here():write("/srv/site/more.yml", "services: { new: { image: 'app:1', volumes: ['/srv/one:/one'] } }")
    local run = deploy { file = { "/srv/site/stack.yml,/srv/site/more.yml" }, folder = { "/srv/site" } }
    assert.are.equal("stack.refused", run.error.code)
    assert.contains("the content of the secret 'site_token' has changed", run.error.message)
    assert.contains("not permitted: write '/srv/one'", run.error.message)
    assert.contains("--allow write=/srv/one", run.error.hint)
    assert.are.equal(0, run.changed)
  end)

  it("needs no leave for what it does not touch", function()
    machine.here():write("/srv/site/stack.yml", "services: { web: { image: 'app:1', volumes: ['/srv/one:/one'] } }")
    machine.here():directory_ensure { path = "/srv/one" }
    run_is_done(deploy { mount = { "/srv/one" } })
    local again = deploy()
    run_is_done(again)
    assert.are.equal(0, again.changed)
  end)

  it("is removed, and nothing of it is left", function()
    deploy()
    local run = world:run("remove.lua", { name = "site" })
    assert.are.equal("done", run.state, run.error and run.error.message)
    assert.are.equal("site: removed 2 services, 1 networks, 1 secrets, 1 configs", run.printed)
    assert.are.same({}, engine:task_list(STACK))
    assert.are.equal("there is no stack 'site'", world:run("remove.lua", { name = "site" }).printed)
  end)

  survives("the first deployment", {
    file = "deploy.lua",
    params = { file = { "/srv/site/stack.yml" }, name = "site", resolve_image = "never" },
    world = function() return world_of(simulate) end,
    ignore = { "docker" },
  })
end)

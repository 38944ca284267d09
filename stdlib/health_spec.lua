-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local health = require "health"
local docker = require "docker"

describe("health.http", function()
  local world, answers

  before_each(function()
    answers = {}
    world = simulate {
      http = {
        ["http://127.0.0.1:8080"] = function()
          local answer = table.remove(answers, 1)
          if answer == nil then return { json = { version = "v2" } } end
          return answer()
        end,
      },
    }
  end)

  local function not_yet() return { status = 503 } end

  it("waits until the service answers with the status", function()
    answers = { not_yet, not_yet, function() rb.fail("http.connect", "connection refused", { retryable = true }) end }
    local before = world:now()
    assert.are.equal(200, health.http({ url = "http://127.0.0.1:8080/", every = 1 }).status)
    assert.are.equal(3, world:now() - before)
  end)

  it("waits until the answer is the right one", function()
    answers = { function() return { json = { version = "v1" } } end }
    local answer = health.http { url = "http://127.0.0.1:8080/", match = function(response) return response.json.version == "v2" end }
    assert.are.equal("v2", answer.json.version)
  end)

  it("gives up at its timeout, with the last error and the evidence", function()
    for i = 1, 1000 do answers[i] = not_yet end
    local before = world:now()
    local err = assert.has_error(function()
      health.http { url = "http://127.0.0.1:8080/", timeout = "5m", every = 1, evidence = function() return "out of memory" end }
    end, "wait.timeout")
    assert.are.equal("out of memory", err.context.log)
    assert.is_true(err.message:find("503", 1, true) ~= nil)
    assert.is_true(world:now() - before <= 300)
  end)

  it("names what it does not understand", function()
    assert.has_error(function() health.http { url = "http://127.0.0.1:8080/", matches = 1 } end, "argument.invalid")
    assert.has_error(function() health.http {} end, "argument.invalid")
  end)
end)

describe("health.tcp", function()
  it("waits until somebody listens", function()
    local world = simulate { net = {} }
    world.net.listen("tcp://db:5432", function() return world:now() % 60 >= 7 end)
    local before = world:now()
    assert.is_true(health.tcp { target = "tcp://db:5432", every = 1 })
    assert.are.equal(7, world:now() - before)
  end)

  it("gives up at its timeout, and says why", function()
    simulate { net = { ["tcp://db:5432"] = false } }
    local err = assert.has_error(function()
      health.tcp { target = "tcp://db:5432", timeout = 10, evidence = function() return "no space left" end }
    end, "wait.timeout")
    assert.matches("somebody listens at tcp://db:5432: .*refused", err.message)
    assert.are.equal("no space left", err.context.log)
  end)

  it("does not wait for what cannot come", function()
    local world = simulate {}
    local before = world:now()
    assert.has_error(function() health.tcp { target = "db:5432" } end, "argument.invalid")
    assert.are.equal(before, world:now())
  end)
end)

describe("health.container", function()
  local world, engine

  local function start(life, healthcheck)
    world = simulate { docker = { images = { app = { command = { "/app" } } }, run = { ["app*"] = function() return life end } } }
    engine = docker.connect()
    engine:container_ensure { name = "web", image = "app", healthcheck = healthcheck }
  end
  local check = { test = { "/check" } }

  it("waits until the health check is content", function()
    start({ healthy_after = "10s" }, check)
    assert.are.equal("healthy", health.container({ engine = engine, name = "web" }).health)
    assert.is_true(world:now() - world.started >= 10)
  end)

  it("has the last log lines of what is not", function()
    start({ healthy_after = false, logs = { "out of beans\n" } }, check)
    local err = assert.has_error(function() health.container { engine = engine, name = "web", timeout = "20s" } end)
    assert.contains("out of beans", err.context.log)
  end)

  it("waits until it has run for a while, where there is no health check", function()
    start {}
    local before = world:now()
    assert.is_true(health.container({ engine = engine, name = "web", steady = "5s" }).running)
    assert.near(5, world:now() - before, 1)
  end)

  it("says what it said last, where it ends", function()
    start { logs = { "out of beans\n" }, exits = { code = 3, after = "1s" } }
    local err = assert.has_error(function() health.container { engine = engine, name = "web", timeout = "10s" } end, "wait.timeout")
    assert.contains("out of beans", err.context.log)
    assert.contains("is exited", err.message)
  end)

  it("names what it does not understand", function()
    assert.has_error(function() health.container { name = "web", container = 1 } end, "argument.invalid")
    assert.has_error(function() health.container {} end, "argument.invalid")
  end)
end)

describe("health.service", function()
  local function begin(behaviour)
    local image = { command = { "/app" } }
    simulate { docker = { swarm = true, images = { app = image }, run = { ["app*"] = function() return behaviour end } } }
    local engine = docker.connect()
    engine:service_create { name = "web", spec = { Name = "web", TaskTemplate = { ContainerSpec = { Image = "app:latest" } } } }
    return engine
  end

  it("waits until its tasks run", function()
    assert.are.equal("web", health.service({ engine = begin {}, name = "web" })[1].name)
  end)

  it("says what its tasks said last, where they do not stay", function()
    local engine = begin { logs = { "out of beans\n" }, exits = { code = 3, after = "1s" } }
    local err = assert.has_error(function() health.service { engine = engine, name = { "web" }, timeout = "20s" } end)
    assert.contains("out of beans", err.context.log or err.message)
  end)

  it("is asked for with an engine and a name", function()
    assert.has_error(function() health.service { name = "web" } end, "argument.invalid")
    assert.has_error(function() health.service { engine = 1, names = "web" } end, "argument.invalid")
  end)
end)

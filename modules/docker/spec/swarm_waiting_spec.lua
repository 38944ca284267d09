-- SPDX-License-Identifier: Apache-2.0
-- Services that come to run, and those that do not: what a swarm says of them.
local subject = require "subject"
local swarm = require "swarm_subject"
local time = require "time"

local FAST = { Parallelism = 1, Monitor = 1000000000, FailureAction = "rollback", MaxFailureRatio = 0, Order = "stop-first" }

describe("services that are waited for", function()
  local engine
  before_each(function() engine = swarm.begin() end)
  after_each(swarm.finish)

  local function names_of(list)
    local out = {}
    for index, one in ipairs(list) do out[index] = one.name end
    return out
  end

  local function failure(name, options) return subject.failure(engine.service_wait, engine, name, options) end

  it("run and stay so, all at once", function()
    local names = {}
    for index = 1, 5 do
      names[index] = "spec-" .. index
      engine:service_create(swarm.spec(names[index], "sleeper", function(spec) spec.Mode.Replicated.Replicas = index == 5 and 0 or 1 end))
    end
    local begun, seen = time.now(), {}
    local services = engine:service_wait(names, { timeout = "60s", monitor = "2s", on_progress =
      function(event) seen[event.service] = event.running end })
    assert.are.same(names, names_of(services))
    assert.are.same({ ["spec-1"] = 1, ["spec-2"] = 1, ["spec-3"] = 1, ["spec-4"] = 1 }, seen)
    assert.is_true(time.now() - begun >= 2)
    assert.are.same({}, engine:service_wait({}))
    assert.are.equal("docker.not_found", (failure({ "spec-1", "spec-none" })))
  end)

  it("that have no image fail with what their tasks say", function()
    engine:service_create(swarm.spec("spec-web", "sleeper", function(_, _, container) container.Image = "spec-none:1" end))
    local code, words, err = failure("spec-web", { timeout = "4s" })
    assert.are.equal("docker.timeout", code)
    assert.matches("service 'spec%-web' %(0 of 1 run%) does not run as described after 4.0 s: spec%-web%.1 rejected: ", words)
    assert.matches("No such image: spec%-none:1", words)
    assert.matches("No such image", err.context.tasks)
  end)

  it("that fit on no node say why", function()
    engine:service_create(swarm.spec("spec-web", "sleeper", function(_,
      task) task.Placement.Constraints = { "node.hostname == nowhere" } end))
    local port = { { TargetPort = 80, PublishedPort = 18981, PublishMode = "host" } }
    for _, name in ipairs { "spec-a", "spec-b" } do
      engine:service_create(swarm.spec(name, "sleeper", function(spec) spec.EndpointSpec.Ports = port end))
      if name == "spec-a" then swarm.comes_to(engine, name, "running") end
    end
    assert.matches("no suitable node %(scheduling constraints not satisfied on 1 node%)", select(2, failure("spec-web",
      { timeout = "3s" })))
    assert.matches("no suitable node %(host%-mode port already in use on 1 node%)", select(2, failure({ "spec-a", "spec-b" },
      { timeout = "3s" })))
  end)

  it("whose mounts have no source say so", function()
    engine:service_create(swarm.spec("spec-web", "sleeper", function(_, _, container)
      container.Mounts = { { Type = "bind", Source = "/no/such/path", Target = "/data" } }
    end))
    assert.matches("bind source path does not exist: /no/such/path", select(2, failure("spec-web", { timeout = "4s" })))
  end)

  it("that crash say their last words and exit code", function()
    engine:service_create(swarm.spec("spec-web", "crash"))
    local code, words, err = failure("spec-web", { timeout = "6s" })
    assert.are.equal("docker.timeout", code)
    assert.matches("spec%-web%.1 failed: task: non%-zero exit %(3%)", words)
    assert.matches("out", err.context.log)
    assert.matches("err", err.context.log)
  end)

  it("that are not started again are not waited for", function()
    engine:service_create(swarm.spec("spec-web", "crash", function(_, task) task.RestartPolicy = { Condition = "none" } end))
    local code, words = failure("spec-web", { timeout = "60s" })
    assert.are.equal("docker.unhealthy", code)
    assert.matches("'spec%-web' %(0 of 1 run%) has tasks that failed and are not started again: spec%-web%.1 failed", words)
  end)

  it("are failures where they were rolled back, but not where that was asked for", function()
    local function described(program)
      return swarm.spec("spec-web", program, function(spec) spec.UpdateConfig, spec.RollbackConfig = FAST, FAST end)
    end
    engine:service_create(described "sleeper")
    engine:service_wait("spec-web", { monitor = "1s" })
    engine:service_ensure(described "crash")
    local code, words, err = failure("spec-web", { timeout = "60s", monitor = "1s" })
    assert.are.equal("docker.rollback", code)
    assert.matches("service 'spec%-web' was rolled back", words)
    assert.matches("non%-zero exit %(3%)", words)
    assert.are.equal("rollback_completed", err.context.update)
    assert.are.same(subject.programs.sleeper.command, engine:service_get("spec-web").raw.Spec.TaskTemplate.ContainerSpec.Command)

    engine:service_ensure(described "polite")
    engine:service_wait("spec-web", { monitor = "1s", timeout = "60s" })
    assert.are.equal("completed", engine:service_get("spec-web").update.state)
    assert.is_true(engine:service_rollback("spec-web").changed)
    engine:service_wait("spec-web", { rollback = { "spec-web" }, monitor = "1s", timeout = "60s" })
    assert.are.same(subject.programs.sleeper.command, engine:service_get("spec-web").raw.Spec.TaskTemplate.ContainerSpec.Command)
  end)

  it("are failures where the update is paused", function()
    engine:service_create(swarm.spec("spec-web", "sleeper"))
    engine:service_wait("spec-web", { monitor = "1s" })
    engine:service_update(swarm.spec("spec-web", "crash", function(spec)
      spec.UpdateConfig = { Parallelism = 1, Monitor = 1000000000, FailureAction = "pause", MaxFailureRatio = 0 }
    end))
    local code, words = failure("spec-web", { timeout = "60s", monitor = "1s" })
    assert.are.equal("docker.update_paused", code)
    assert.matches("update paused due to failure or early termination of task", words)
  end)

  it("have logs, of all tasks and of one", function()
    engine:service_create(swarm.spec("spec-web", "talker", function(spec, task)
      spec.Mode.Replicated.Replicas, task.RestartPolicy = 2, { Condition = "none" }
    end))
    local first
    swarm.until_so(function()
      first = engine:service_logs("spec-web")
      return first.stdout == "one\none\n"
    end)
    local lines = {}
    local task = engine:task_list({ service = "spec-web" })[1]
    assert.are.equal("one\n", engine:service_logs("spec-web", { task = task.id, tail = 1, on_line =
      function(event) lines[#lines + 1] = event end }).stdout)
    assert.are.same({ "one", task.id, task.node_id }, { lines[1].line, lines[1].task, lines[1].node })
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT[%d:.]+Z one\n$", engine:service_logs("spec-web", { task = task.id, timestamps = true,
      tail = 1 }).stdout)
  end)

  it("are scaled and restarted", function()
    engine:service_create(swarm.spec("spec-web", "sleeper"))
    assert.is_true(engine:service_scale("spec-web", 2).changed)
    assert.is_false(engine:service_scale("spec-web", 2).changed)
    swarm.comes_to(engine, "spec-web", "running running")
    assert.is_true(engine:service_restart("spec-web").changed)
    assert.are.equal(1, engine:service_get("spec-web").raw.Spec.TaskTemplate.ForceUpdate)
    engine:service_create(swarm.spec("spec-all", "sleeper", function(spec) spec.Mode = { Global = {} } end))
    assert.are.equal("argument.invalid", (subject.failure(engine.service_scale, engine, "spec-all", 2)))
    engine:service_wait("spec-all", { monitor = "1s", timeout = "30s" })
    assert.are.equal("docker.conflict", (subject.failure(engine.service_rollback, engine, "spec-all")))
  end)
end)

-- SPDX-License-Identifier: Apache-2.0
-- Services of a swarm and their tasks.
local subject = require "subject"
local swarm = require "swarm_subject"

describe("services", function()
  local engine
  before_each(function() engine = swarm.begin() end)
  after_each(swarm.finish)

  it("are made once, and run", function()
    local made = engine:service_create(swarm.spec("spec-web", "sleeper"))
    assert.is_true(made.changed)
    assert.are.equal("replicated", made.mode)
    assert.are.equal("docker.conflict", (subject.failure(engine.service_create, engine, swarm.spec("spec-web", "sleeper"))))
    swarm.comes_to(engine, "spec-web", "running")
    local task = engine:task_list({ service = "spec-web" })[1]
    assert.are.equal("spec-web", task.service)
    assert.are.equal(1, task.slot)
    assert.are.equal(task.id, engine:task_get(task.id).id)
    assert.is_true(#task.node > 0 and #task.container_id > 0)
    assert.are.equal("running 1 of 1", ("running %d of %d"):format(engine:service_list()[1].running, engine:service_list()[1].desired))
    assert.is_nil(engine:service_find(made.id:sub(1, 10)))
    assert.is_true(engine:service_remove("spec-web").changed)
    assert.is_false(engine:service_remove("spec-web").changed)
    assert.are.same({}, engine:task_list { service = "spec-web" })
  end)

  it("are left alone where they are as described", function()
    local function described(more)
      return swarm.spec("spec-web", "sleeper", function(spec, task, container)
        spec.Labels, spec.UpdateConfig = { a = "" }, { Parallelism = 1, MaxFailureRatio = 0, Order = "" }
        task.RestartPolicy = { Condition = "any", Delay = 1000000000 }
        task.Networks = { { Target = "spec-net", Aliases = { "web" } } }
        container.Env, container.Init, container.StopGracePeriod = { "B=2", "A=1" }, false, 0
        container.Secrets = { { SecretName = "spec-key", File = { Name = "key", UID = "0", GID = "0", Mode = 256 } } }
        container.Mounts = { { Type = "tmpfs", Target = "/t", TmpfsOptions = {} } }
        if more then more(spec, task, container) end
      end)
    end
    engine:secret_create { name = "spec-key", data = "x" }
    assert.matches("secret 'spec%-key2'", select(2, subject.failure(engine.service_create, engine,
      described(function(_, _, container) container.Secrets[1].SecretName = "spec-key2" end))))
    subject.request("POST", "/networks/create", { Name = "spec-net", Driver = "overlay", Attachable = true })
    local first, changed = engine:service_ensure(described())
    assert.is_true(changed)
    local again, changed_again = engine:service_ensure(described())
    assert.is_false(changed_again)
    assert.are.equal(first.version, engine:service_get("spec-web").version)
    assert.are.equal(again.id, first.id)

    local function other(_, _, container) container.Env[1] = "B=3" end
    local seen = engine:service_verify(described(other))
    assert.is_false(seen.equal)
    assert.matches("%-TaskTemplate.ContainerSpec.Env.B = 2\n%+TaskTemplate.ContainerSpec.Env.B = 3\n", seen.diff)
    assert.is_true(select(2, engine:service_ensure(described(other))))
    assert.is_false(select(2, engine:service_ensure(described(other))))
    for what, change in pairs {
      ["no init"] = function(_, _, container) other(_, _, container) container.Init = nil end,
      ["another grace"] = function(_, _, container) other(_, _, container) container.StopGracePeriod = nil end,
      ["more replicas"] = function(spec, _, container) other(_, _, container) spec.Mode.Replicated.Replicas = 0 end,
      ["no updates"] = function(spec, _, container) other(_, _, container) spec.UpdateConfig = nil end,
      ["labels"] = function(spec, _, container) other(_, _, container) spec.Labels = { a = "b" } end,
      ["the order of variables"] = function(_, _, container) container.Env = { "A=1", "B=3" } end,
    } do
      assert.is_false(engine:service_verify(described(change)).equal, what)
    end
  end)

  it("keep how often they were restarted by force, and what somebody else does at the same time is no failure", function()
    engine:service_create(swarm.spec("spec-web", "sleeper", function(_, task) task.ForceUpdate = 3 end))
    assert.is_false(select(2, engine:service_ensure(swarm.spec("spec-web", "sleeper"))))
    engine:service_update(swarm.spec("spec-web", "polite"))
    assert.are.equal(3, engine:service_get("spec-web").raw.Spec.TaskTemplate.ForceUpdate)
    local status, words = subject.request("POST", "/services/spec-web/update?version=1", swarm.spec("spec-web", "sleeper").spec)
    assert.are.same({ 500, true }, { status, words:find("update out of sequence", 1, true) ~= nil })
  end)

  it("are refused with the engine's words", function()
    local function refused(name)
      return { subject.request("POST", "/services/create", swarm.spec(name, "sleeper").spec) }
    end
    assert.matches("name must be valid as a DNS name component", refused("spec_-")[2])
    assert.matches("name must be 63 characters or fewer", refused(("s"):rep(64))[2])
    assert.are.equal("docker.engine", (subject.failure(engine.service_create, engine, { name = "spec", spec = { TaskTemplate = {} } })))
    assert.are.equal("docker.not_found", (subject.failure(engine.service_update, engine, swarm.spec("spec-no", "sleeper"))))
    assert.are.equal("argument.invalid", (subject.failure(engine.service_create, engine, { name = "spec", spec = { Name = "other" } })))
  end)
end)

describe("services and what they share", function()
  local engine
  before_each(function() engine = swarm.begin() end)
  after_each(swarm.finish)

  it("have one published port each, and the other one is named", function()
    local function publishing(name)
      return swarm.spec(name, "sleeper", function(spec)
        spec.EndpointSpec = { Ports = { { TargetPort = 80, PublishedPort = 18982, PublishMode = "ingress" } } }
      end)
    end
    engine:service_create(publishing "spec-a")
    local code, words = subject.failure(engine.service_create, engine, publishing "spec-b")
    assert.are.equal("docker.conflict", code)
    assert.matches("port '18982' is already in use by service 'spec%-a'", words)
    assert.is_nil(engine:service_find "spec-b")
  end)

  it("keep the secret that a rollback needs", function()
    local function described(secret, replicas)
      return swarm.spec("spec-web", "sleeper", function(spec, _, container)
        spec.Mode.Replicated.Replicas = replicas
        container.Secrets = { { SecretName = secret.name, File = { Name = "tls", UID = "0", GID = "0", Mode = 292 } } }
      end)
    end
    local one = engine:secret_version { name = "spec-tls", data = "one" }
    engine:service_ensure(described(one, 0))
    local two = engine:secret_version { name = "spec-tls", data = "two" }
    engine:service_ensure(described(two, 0))
    assert.are.same({}, engine:secret_versions_prune({ name = "spec-tls" }).removed)
    engine:service_rollback "spec-web"
    assert.are.equal(one.name, engine:service_get("spec-web").raw.Spec.TaskTemplate.ContainerSpec.Secrets[1].SecretName)
    engine:service_ensure(described(two, 0))
    assert.are.same({ one.name }, engine:secret_versions_prune({ name = "spec-tls", previous = 0 }).removed)
  end)
end)

describe("an engine outside a swarm", function()
  local engine
  before_each(function() engine = subject.begin() end)
  after_each(subject.finish)

  it("says so", function()
    local code, words = subject.failure(engine.service_list, engine)
    assert.are.equal("docker.no_manager", code)
    assert.matches("This node is not a swarm manager", words)
  end)
end)

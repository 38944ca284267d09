-- SPDX-License-Identifier: Apache-2.0
-- Services that are described by options in place of the engine's own description.
local subject = require "subject"
local swarm = require "swarm_subject"

describe("a service of options", function()
  local engine
  before_each(function() engine = swarm.begin() end)
  after_each(swarm.finish)

  local function described(more)
    local spec = { name = "spec-web", image = "spec:1", entrypoint = subject.programs.sleeper.command, endpoint_mode = "dnsrr" }
    for key, value in pairs(more or {}) do spec[key] = value end
    return spec
  end

  it("runs, and is left alone a second time", function()
    engine:secret_create { name = "spec-key", data = "x" }
    engine:config_create { name = "spec-conf", data = "y" }
    engine:network_ensure("spec-net", { driver = "overlay", attachable = true })
    local function full(more)
      local spec = described {
        env = { A = "1", B = "2" }, labels = { a = "b" }, container_labels = { c = "d" }, hostname = "web", user = "0", workdir = "/tmp",
        init = false, read_only = true, stop_timeout = "3s", networks = { ["spec-net"] = { "www" } }, tmpfs = { "/tmp" },
        ports = { { target = 80, published = 18983, mode = "host" } }, secrets = { { secret = "spec-key", target = "key", mode = "0400" } },
        configs = { "spec-conf" }, constraints = { "node.role == manager" }, spread = { "node.labels.row" }, replicas = 1,
        resources = { limits = { cpus = 0.5, memory = "64MiB", pids = 20 }, reservations = { memory = "8MiB" } },
        restart = { condition = "on-failure", delay = "1s", max_attempts = 3 }, extra_hosts = { db = "10.1.2.3" }, dns = { "10.1.2.4" },
        healthcheck = { test = { "/bin/busybox", "true" }, interval = "1s" }, log_options = { ["max-size"] = "1m" },
        update = { parallelism = 0, failure_action = "rollback", monitor = "1s", order = "stop-first" }, rollback = { delay = "1s" },
      }
      for key, value in pairs(more or {}) do spec[key] = value end
      return spec
    end
    local first, made = engine:service_ensure(full())
    assert.is_true(made)
    assert.is_false(select(2, engine:service_ensure(full())))
    assert.are.equal("", engine:service_verify(full()).diff)
    engine:service_wait("spec-web", { timeout = "60s", monitor = "1s" })
    local task = engine:service_get("spec-web").raw.Spec.TaskTemplate
    assert.are.equal(first.id, engine:service_get("spec-web").id)
    assert.are.same({ "A=1", "B=2" }, task.ContainerSpec.Env)
    assert.are.equal(256, task.ContainerSpec.Secrets[1].File.Mode)
    assert.are.same({ "10.1.2.3 db" }, task.ContainerSpec.Hosts)
    assert.are.equal(500000000, task.Resources.Limits.NanoCPUs)
    assert.is_true(select(2, engine:service_ensure(full { replicas = 0 })))
    assert.are.equal(0, engine:service_get("spec-web").replicas)
  end)

  it("may have a task on every node, and ports of the whole swarm", function()
    engine:service_ensure(described { mode = "global", endpoint_mode = "vip", ports = { "18984:80" } })
    assert.are.equal("global", engine:service_get("spec-web").mode)
    assert.are.same({ { target = 80, published = 18984, protocol = "tcp", mode = "ingress" } }, engine:service_get("spec-web").ports)
    engine:service_wait("spec-web", { timeout = "60s", monitor = "1s" })
  end)

  it("is checked before anything is asked, all at once", function()
    local code, words = subject.failure(engine.service_ensure, engine, {
      name = ("e"):rep(64), replicas = -1, mode = "global", restart = "always",
      ports = { "127.0.0.1:80:80" }, secrets = { { secret = "a", mode = "9" } }, constraints = { "node.role" }, update = { paralelism = 1 },
    })
    assert.are.equal("argument.invalid", code)
    for _, problem in ipairs {
      "has 64 characters", "'image' is missing", "a global service has one task", "restart.condition must be one of",
      "published on all addresses", "mode '9' is not in octal", "'node.role' has neither == nor !=", "did you mean 'parallelism'",
    } do
      assert.matches((problem:gsub("[%p]", "%%%0")), words)
    end
    assert.matches("do not go together", select(2, subject.failure(engine.service_create, engine, { name = "a", image = "b", spec = {} })))
    assert.matches("letters and digits", select(2, subject.failure(engine.service_create, engine, described { name = "-spec" })))
    assert.matches("needs the endpoint mode", select(2, subject.failure(engine.service_create, engine, described { ports = { "80:80" } })))
    assert.are.same({}, engine:service_list())
  end)

  it("mounts only what its runbook may read or write", function()
    -- In a simulated world there is nothing that is not permitted.
    if not subject.real then return end
    local code = subject.failure(engine.service_create, engine, described { volumes = { "/etc:/etc" } })
    assert.are.equal("permission.denied", code)
    code = subject.failure(engine.service_create, engine, swarm.spec("spec-web", "sleeper", function(_, _, container)
      container.Mounts = { { Type = "bind", Source = "/etc", Target = "/etc", ReadOnly = true } }
    end))
    assert.are.equal("permission.denied", code)
  end)
end)

-- SPDX-License-Identifier: Apache-2.0
-- What the docker module promises to scripts.
local docker = require "docker"
local subject = require "subject"

describe("docker", function()
  local engine
  before_each(function() engine = subject.begin() end)
  after_each(subject.finish)

  it("tells its version", function()
    assert.is_true(#engine:version().version > 0)
    assert.are.equal("linux", engine:version().os)
    assert.are.equal("inactive", engine:info().swarm)
  end)

  it("builds an image once from the same files", function()
    local image, changed = engine:image_ensure { tag = "spec:1", context = subject.context() }
    assert.is_false(changed)
    assert.are.equal(image.id, engine:image_get("spec:1").id)
    local other, built = engine:image_ensure { tag = "spec:1", context = subject.context "ENV A=1\n" }
    assert.is_true(built)
    assert.is_true(image.id ~= other.id)
  end)

  it("brings a container to its description, and leaves it alone then", function()
    local first, changed = engine:container_ensure(subject.container("spec", "web"))
    assert.is_true(changed)
    assert.is_true(first.running)
    local again, changed_again = engine:container_ensure(subject.container("spec", "web"))
    assert.is_false(changed_again)
    assert.are.equal(first.id, again.id)
    local other, replaced = engine:container_ensure(subject.container("spec", "web", { env = { COLOUR = "green" } }))
    assert.is_true(replaced)
    assert.is_true(first.id ~= other.id)
    assert.are.equal("spec", other.name)
    assert.matches("COLOUR=green\n", engine:container_exec("spec", { "/bin/busybox", "env" }).stdout)
  end)

  it("shows what differs, and finds nothing to change in what it made", function()
    local spec = subject.container("spec", "web", {
      env = { A = "1" }, labels = { role = "web" }, ports = { "127.0.0.1::80" }, restart = "on-failure:2", stop_timeout = 3, user = "0",
      hostname = "one", memory = "64MiB", cap_drop = { "NET_RAW" }, tmpfs = { "/scratch" }, volumes = { "spec-data:/data" },
      healthcheck = { test = { "/bin/busybox", "true" }, interval = "1s" }, log_options = { ["max-size"] = "1m" },
    })
    assert.is_false(engine:container_verify(spec).exists)
    engine:container_ensure(spec)
    local seen = engine:container_verify(spec)
    assert.is_true(seen.equal)
    spec.env = { A = "2" }
    seen = engine:container_verify(spec)
    assert.is_false(seen.equal)
    assert.are.equal("--- container spec\n+++ container spec\n-env.A = 1\n+env.A = 2\n", seen.diff)
  end)

  it("stops what is not to run", function()
    engine:container_ensure(subject.container("spec", "web"))
    local stopped, changed = engine:container_ensure(subject.container("spec", "web", { running = false }))
    assert.is_true(changed)
    assert.is_false(stopped.running)
  end)

  it("keeps the old container where the new one cannot start", function()
    local old = engine:container_ensure(subject.container("spec", "web"))
    local code = subject.failure(engine.container_ensure, engine, subject.container("spec", "nothing"))
    assert.are.equal("docker.engine", code)
    local now = engine:container_get "spec"
    assert.are.equal(old.id, now.id)
    assert.is_true(now.running)
    assert.is_nil(engine:container_find "spec.new")
  end)

  it("says what is absent, in use or wrong by a code", function()
    assert.are.equal("docker.not_found", (subject.failure(engine.container_get, engine, "nothing")))
    assert.is_nil(engine:container_find "nothing")
    assert.are.equal("argument.invalid", (subject.failure(engine.container_ensure, engine, { name = "a", imag = "b" })))
    engine:container_ensure(subject.container("spec", "web"))
    assert.are.equal("docker.conflict", (subject.failure(engine.network_remove, engine, "spec")))
    assert.are.equal("docker.unsupported", (subject.failure(docker.connect, "npipe:////./pipe/docker")))
  end)

  it("runs a program in a container, with what it reads and writes", function()
    engine:container_ensure(subject.container("spec", "web"))
    local lines = {}
    local result = engine:container_exec("spec", { "/bin/busybox", "sort" }, {
      stdin = "b\na\n", on_line = function(event) lines[#lines + 1] = event.line end,
    })
    assert.are.equal("a\nb\n", result.stdout)
    assert.are.same({ "a", "b" }, lines)
    assert.are.equal("", engine:container_exec("spec", { "/bin/busybox", "sort" }, { stdin = "", timeout = "10s" }).stdout)
    assert.are.equal("/www\n", engine:container_exec("spec", { "/bin/busybox", "pwd" }, { workdir = "/www" }).stdout)
    assert.are.equal("docker.exit", (subject.failure(engine.container_exec, engine, "spec", { "/bin/busybox", "false" })))
    assert.are.equal(1, engine:container_exec("spec", { "/bin/busybox", "false" }, { check = false }).exit_code)
    local _, words = subject.failure(engine.container_exec, engine, "spec", { "/nothere" })
    assert.matches("OCI runtime exec failed", words)
  end)
end)

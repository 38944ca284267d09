-- SPDX-License-Identifier: Apache-2.0
-- Files into containers and out of them; limits, signals and networks of containers that are there.
local machine = require "machine"
local subject = require "subject"

describe("a container", function()
  local engine, here
  before_each(function()
    engine, here = subject.begin(), machine.here()
    subject.start("spec-box", "sleeper")
  end)
  after_each(subject.finish)

  it("gets a text once, and again where it differs", function()
    local copy = { content = "hello\n", to = "/note", mode = "0640" }
    assert.is_true(engine:container_copy_to("spec-box", copy).changed)
    assert.is_false(engine:container_copy_to("spec-box", copy).changed)
    assert.are.equal("hello\n", engine:container_exec("spec-box", { "/bin/busybox", "cat", "/note" }).stdout)
    copy.content = "hallo\n"
    assert.is_true(engine:container_copy_to("spec-box", copy).changed)
    copy.mode = "0600"
    assert.is_true(engine:container_copy_to("spec-box", copy).changed)
    local function fails(code, options)
      assert.are.equal(code, (subject.failure(engine.container_copy_to, engine, "spec-box", options)))
    end
    fails("docker.conflict", { content = "x", to = "/bin" })
    fails("docker.not_found", { content = "x", to = "/no/where" })
    fails("argument.invalid", { content = "x", to = "/x", mode = "999" })
    assert.are.equal("docker.not_found", (subject.failure(engine.container_copy_to, engine, "spec-none", { content = "x", to = "/x" })))
  end)

  it("gets directories and gives them back", function()
    local directory = subject.directory "copy"
    here:directory_create(directory .. "/tree")
    here:directory_create(directory .. "/tree/below")
    here:write(directory .. "/tree/a", "1\n")
    here:write(directory .. "/tree/below/b", "2\n", { mode = "0600" })
    local copied = engine:container_copy_to("spec-box", { path = directory .. "/tree", to = "/made" })
    assert.is_true(copied.changed)
    assert.are.equal("/made", copied.path)
    assert.are.equal(4, copied.files)
    assert.are.equal("/made/tree", engine:container_copy_to("spec-box", { path = directory .. "/tree", to = "/made" }).path)
    assert.is_false(engine:container_copy_to("spec-box", { path = directory .. "/tree", to = "/made" }).changed)
    assert.is_false(engine:container_copy_to("spec-box", { path = directory .. "/tree/.", to = "/made" }).changed)

    local out = engine:container_copy_from("spec-box", { source = "/made/tree", path = directory .. "/out" })
    assert.is_true(out.changed)
    assert.are.equal("2\n", here:read(directory .. "/out/below/b"))
    assert.are.equal("0600", here:stat(directory .. "/out/below/b").mode)
    assert.is_false(engine:container_copy_from("spec-box", { source = "/made/tree/.", path = directory .. "/out" }).changed)
    local code = subject.failure(engine.container_copy_from, engine, "spec-box", { source = "/none", path = directory .. "/x" })
    assert.are.equal("docker.not_found", code)
  end)

  it("runs programs on files", function()
    local directory = subject.directory "programs"
    here:write(directory .. "/in", "b\na\n")
    local done = engine:container_exec("spec-box", { "/bin/busybox", "sort" },
      { stdin_file = directory .. "/in", stdout_file = directory .. "/out" })
    assert.are.equal(4, done.size)
    assert.are.equal("a\nb\n", here:read(directory .. "/out"))
    assert.are.equal("docker.exit", (subject.failure(engine.container_exec, engine, "spec-box", { "/bin/busybox", "false" },
      { stdout_file = directory .. "/out" })))
    assert.are.equal("a\nb\n", here:read(directory .. "/out"))
  end)

  it("has its logs written to a file", function()
    local directory = subject.directory "logs"
    subject.start("spec-crash", "crash")
    engine:container_wait_exit "spec-crash"
    local saved = engine:container_logs_save("spec-crash", { path = directory .. "/log" })
    assert.are.equal(8, saved.size)
    assert.matches("out\n", here:read(directory .. "/log"))
    assert.are.equal("", engine:container_logs("spec-crash", { ["until"] = require("time").now() - 3600 }).output)
  end)

  it("tells what runs in it, and what that takes", function()
    local top = engine:container_top "spec-box"
    assert.are.equal(1, #top.processes)
    assert.matches("sleep 1000", top.processes[1].CMD)
    local stats = engine:container_stats "spec-box"
    assert.is_true(stats.memory > 0 and stats.memory_limit > stats.memory)
    assert.is_true(stats.cpu_percent >= 0)
    assert.is_true(stats.processes >= 1)
    engine:container_create(subject.container("spec-still", "sleeper"))
    assert.are.equal("docker.conflict", (subject.failure(engine.container_stats, engine, "spec-still")))
    assert.are.equal("docker.conflict", (subject.failure(engine.container_top, engine, "spec-still")))
  end)

  it("is updated where it differs", function()
    local limits = { memory = "64MiB", cpus = 0.5, restart = "on-failure:2" }
    assert.is_true(engine:container_update("spec-box", limits).changed)
    assert.is_false(engine:container_update("spec-box", limits).changed)
    local host = engine:container_get("spec-box").raw.HostConfig
    assert.are.equal(64 << 20, host.Memory)
    assert.are.equal(500000000, host.NanoCpus)
    assert.are.equal("on-failure", host.RestartPolicy.Name)
    assert.is_true(engine:container_update("spec-box", { memory = "96MiB" }).changed)
    assert.are.equal("argument.invalid", (subject.failure(engine.container_update, engine, "spec-box", { restart = "perhaps" })))
    assert.are.equal("argument.invalid", (subject.failure(engine.container_update, engine, "spec-box", {})))
  end)

  it("is paused, goes on, and is sent signals", function()
    assert.is_true(engine:container_pause("spec-box").changed)
    assert.is_false(engine:container_pause("spec-box").changed)
    assert.are.equal("paused", engine:container_get("spec-box").state)
    assert.is_true(engine:container_unpause("spec-box").changed)
    assert.is_false(engine:container_unpause("spec-box").changed)
    assert.is_true(engine:container_kill("spec-box", { signal = "KILL" }).changed)
    assert.are.equal(137, engine:container_wait_exit("spec-box").exit_code)
    assert.is_false(engine:container_kill("spec-box").changed)
  end)

  it("is put on a network and taken off it", function()
    engine:network_create "spec-other"
    assert.is_true(engine:network_connect("spec-other", "spec-box", { aliases = { "box" } }).changed)
    assert.is_false(engine:network_connect("spec-other", "spec-box").changed)
    assert.are.same({ "spec-box" }, engine:network_get("spec-other").containers)
    assert.is_true(engine:network_disconnect("spec-other", "spec-box").changed)
    assert.is_false(engine:network_disconnect("spec-other", "spec-box").changed)
    assert.are.equal("docker.not_found", (subject.failure(engine.network_connect, engine, "spec-none", "spec-box")))
  end)
end)

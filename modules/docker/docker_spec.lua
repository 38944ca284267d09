-- SPDX-License-Identifier: Apache-2.0
-- What the docker module promises to scripts: on a simulated engine, or on the real one that RUNBOOK_TEST_DOCKER names,
-- which must be empty and permitted (--allow docker=unix:///var/run/docker.sock). What holds for one holds for the other.
local docker = require "docker"
local machine = require "machine"

local target = test_environment "DOCKER"
local engine

local function code_of(run, ...)
  local ok, err = pcall(run, ...)
  return not ok and err.code or nil
end

-- Busybox as far as it is used here.
local programs = {
  sort = function(_, call)
    local lines = {}
    for line in call.stdin:gmatch("[^\n]+") do
      lines[#lines + 1] = line
    end
    table.sort(lines)
    return table.concat(lines, "\n") .. "\n"
  end,
  ["false"] = function()
    return { code = 1 }
  end,
}

local function busybox()
  return {
    exec = function(argv, call)
      return programs[argv[2]](argv, call)
    end,
  }
end

describe("docker", function()
  local context

  before_each(function()
    if target then
      context = temp_directory()
      machine.here():write(context .. "/busybox", machine.here():read "/bin/busybox", { mode = "0755" })
    else
      simulate { docker = { run = { ["spec:*"] = busybox } }, machine = { files = { ["/srv/context/busybox"] = "a program" } } }
      context = "/srv/context"
    end
    engine = docker.connect(target)
    machine.here():write(context .. "/Dockerfile", "FROM scratch\nCOPY busybox /bin/busybox\nSTOPSIGNAL SIGKILL\n")
    engine:image_ensure { tag = "spec:1", context = context }
  end)

  after_each(function()
    for _, container in ipairs(engine:container_list { labels = { spec = "yes" } }) do
      engine:container_remove(container.name)
    end
    engine:network_remove "spec"
    engine:volume_remove "spec"
    engine:image_remove "spec:1"
  end)

  local function service(more)
    local spec = {
      name = "spec",
      image = "spec:1",
      command = { "/bin/busybox", "httpd", "-f", "-p", "80" },
      labels = { spec = "yes" },
      networks = { "spec" },
    }
    for key, value in pairs(more or {}) do
      spec[key] = value
    end
    return spec
  end

  it("tells its version", function()
    assert.is_true(#engine:version().version > 0)
    assert.are.equal("linux", engine:version().os)
  end)

  it("builds an image once from the same files", function()
    local image, changed = engine:image_ensure { tag = "spec:1", context = context }
    assert.is_false(changed)
    assert.are.equal(image.id, engine:image_get("spec:1").id)
  end)

  it("brings a container to its description, and leaves it alone then", function()
    engine:network_ensure "spec"
    local first, changed = engine:container_ensure(service())
    assert.is_true(changed)
    assert.is_true(first.running)
    local again, changed_again = engine:container_ensure(service())
    assert.is_false(changed_again)
    assert.are.equal(first.id, again.id)
    local other, replaced = engine:container_ensure(service { env = { COLOUR = "green" } })
    assert.is_true(replaced)
    assert.is_true(first.id ~= other.id)
    assert.are.equal("spec", other.name)
  end)

  it("stops what is not to run", function()
    engine:network_ensure "spec"
    engine:container_ensure(service())
    local stopped, changed = engine:container_ensure(service { running = false })
    assert.is_true(changed)
    assert.is_false(stopped.running)
  end)

  it("says what is absent, in use or wrong by a code", function()
    assert.are.equal("docker.not_found", code_of(engine.container_get, engine, "nothing"))
    assert.is_nil(engine:container_find "nothing")
    assert.are.equal("argument.invalid", code_of(engine.container_ensure, engine, { name = "a", imag = "b" }))
    engine:network_ensure "spec"
    engine:container_ensure(service())
    assert.are.equal("docker.conflict", code_of(engine.network_remove, engine, "spec"))
    assert.are.equal("docker.unsupported", code_of(docker.connect, "tcp://127.0.0.1:2375"))
  end)

  it("runs a program in a container, with what it reads and writes", function()
    engine:network_ensure "spec"
    engine:container_ensure(service())
    local lines = {}
    local result = engine:container_exec("spec", { "/bin/busybox", "sort" }, {
      stdin = "b\na\n",
      on_line = function(event)
        lines[#lines + 1] = event.line
      end,
    })
    assert.are.equal("a\nb\n", result.stdout)
    assert.are.same({ "a", "b" }, lines)
    assert.are.equal("docker.exit", code_of(engine.container_exec, engine, "spec", { "/bin/busybox", "false" }))
  end)

  it("keeps a volume until it is removed", function()
    local _, made = engine:volume_ensure("spec", { labels = { spec = "yes" } })
    assert.is_true(made)
    local _, made_again = engine:volume_ensure("spec", { labels = { spec = "yes" } })
    assert.is_false(made_again)
    assert.is_true(engine:volume_remove("spec").changed)
    assert.is_false(engine:volume_remove("spec").changed)
  end)
end)

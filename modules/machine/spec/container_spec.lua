-- SPDX-License-Identifier: Apache-2.0
-- The contract inside a container of the engine that RUNBOOK_TEST_DOCKER names: an image with nothing but busybox.
local contract = require "contract"
local docker = require "docker"
local machine = require "machine"
local rb = require "runbook"

local address = test_environment "DOCKER"
if not address then
  describe("a container", function() pending "RUNBOOK_TEST_DOCKER names no engine" end)
  return
end

local NAME = "spec-machine"
local INSTALL = "/bin/busybox --install -s /bin; touch /ready; while :; do sleep 1; done"
local engine = docker.connect(address)
local rooms = 0

local function begin()
  local here, directory = machine.here(), temp_directory()
  here:copy("/bin/busybox", directory .. "/busybox")
  here:write(directory .. "/Dockerfile", "FROM scratch\nCOPY busybox /bin/busybox\nENV PLACE=inside\nSTOPSIGNAL SIGKILL\n")
  engine:image_ensure { tag = "spec-machine:1", context = directory }
  engine:container_create { name = NAME, image = "spec-machine:1", command = { "/bin/busybox", "sh", "-c", INSTALL } }
  engine:container_start(NAME)
  rb.retry({ attempts = 100, delay = "100ms" }, function() engine:container_exec(NAME, { "/bin/busybox", "test", "-e", "/ready" }) end)
end

local function inside()
  if rooms == 0 then begin() end
  rooms = rooms + 1
  local container = machine.container(engine, NAME)
  local directory = "/spec/" .. rooms
  container:directory_create(directory)
  return container, directory, temp_directory()
end

contract("a container", inside, { accounts = true })

describe("a container", function()
  local function refused(code, fn, ...)
    local args = { ... }
    local result, err = rb.try(function() return fn(table.unpack(args)) end)
    assert.is_nil(result)
    assert.equal(code, err.code)
    return err
  end

  it("gives programs its own environment", function()
    local container = inside()
    assert.equal("inside\n", container:query({ "sh", "-c", "echo $PLACE" }).stdout)
    assert.equal("0\n", container:query({ "id", "-u" }).stdout)
    assert.equal("7\n", machine.container(engine, NAME, { user = "7" }):query({ "id", "-u" }).stdout)
    refused("machine.sudo", container.read, container:sudo(), "/ready")
  end)

  it("ends what takes too long", function()
    local container = inside()
    refused("machine.timeout", container.run, container, { "sleep", "4321" }, { timeout = "300ms" })
    rb.retry({ attempts = 50, delay = "100ms" }, function()
      container:query { "sh", "-c", "! ps | grep -q '[s]leep 4321'" }
    end)
  end)

  it("has a user who may not do all", function()
    local container, directory = inside()
    container:write(directory .. "/f", "x", { mode = "0600" })
    local somebody = machine.container(engine, NAME, { user = "7" })
    refused("machine.permission", somebody.read, somebody, directory .. "/f")
    refused("machine.permission", somebody.write, somebody, directory .. "/g", "x")
  end)

  it("must run", function()
    inside()
    engine:container_stop(NAME)
    local container = machine.container(engine, NAME)
    refused("docker.conflict", container.read, container, "/ready")
    engine:container_remove(NAME, { force = true })
    rooms = 0
    refused("docker.not_found", container.read, container, "/ready")
    engine:image_remove "spec-machine:1"
  end)
end)

-- SPDX-License-Identifier: Apache-2.0
-- What an engine does with networks and volumes, and what it refuses.
local subject = require "subject"

describe("networks", function()
  local engine
  before_each(function() engine = subject.begin() end)
  after_each(subject.finish)

  local function refused(status, words, ...)
    local got, said = subject.request(...)
    assert.are.same({ status, words }, { got, said })
  end

  it("have names and subnets of their own", function()
    local network, changed = engine:network_ensure("spec-n", { subnet = "10.199.7.0/24", labels = { a = "b" }, internal = true })
    assert.is_true(changed)
    assert.are.same({ "10.199.7.0/24" }, network.subnets)
    assert.is_false(select(2, engine:network_ensure("spec-n", { subnet = "10.199.7.0/24", labels = { a = "b" } })))
    assert.are.equal("docker.conflict", (subject.failure(engine.network_ensure, engine, "spec-n", { labels = { a = "c" } })))
    refused(409, "network with name spec-n already exists", "POST", "/networks/create", { Name = "spec-n", CheckDuplicate = true })
    refused(403, "Pool overlaps with other one on this address space", "POST", "/networks/create",
      { Name = "spec-m", CheckDuplicate = true, IPAM = { Config = { { Subnet = "10.199.7.0/24" } } } })
    refused(403, "operation is not permitted on predefined bridge network ", "POST", "/networks/create",
      { Name = "bridge", CheckDuplicate = true })
    refused(404, 'plugin "none-such" not found', "POST", "/networks/create", { Name = "spec-m", Driver = "none-such" })
    refused(500, "Invalid subnet bad : invalid CIDR address: bad", "POST", "/networks/create",
      { Name = "spec-m", IPAM = { Config = { { Subnet = "bad" } } } })
    assert.are.equal(1, #engine:network_list { labels = { a = "b" } })
    assert.is_nil(engine:network_find(network.id:sub(1, 12)))
  end)

  it("that are not there are not found, and the engine's own stay", function()
    for _, method in ipairs { "GET", "DELETE" } do refused(404, "network nothere not found", method, "/networks/nothere") end
    refused(403, "bridge is a pre-defined network and cannot be removed", "DELETE", "/networks/bridge")
    refused(404, "No such container: nothere", "POST", "/networks/spec/connect", { Container = "nothere" })
  end)

  it("are kept as long as running containers are on them", function()
    subject.start("spec-a", "sleeper")
    assert.are.same({ "spec-a" }, engine:network_get("spec").containers)
    refused(403, "error while removing network: network spec id ID has active endpoints", "DELETE", "/networks/spec")
    engine:container_stop "spec-a"
    assert.are.same({}, engine:network_get("spec").containers)
    assert.is_true(engine:network_remove("spec").changed)
    -- It means the network that it was on, not another one of that name.
    engine:network_ensure "spec"
    refused(404, "network ID not found", "POST", "/containers/spec-a/start")
  end)

  it("let containers call each other by name and by alias", function()
    subject.start("spec-a", "web", { networks = { spec = { "front" } } })
    subject.start("spec-b", "sleeper")
    local function get(from, url)
      return engine:container_exec(from, { "/bin/busybox", "wget", "-q", "-O", "-", url }, { check = false, timeout = "20s" })
    end
    assert.are.equal("hello\n", get("spec-b", "http://spec-a/page").stdout)
    assert.are.equal("hello\n", get("spec-b", "http://front/page").stdout)
    assert.are.equal(1, get("spec-b", "http://nobody/page").exit_code)
    engine:network_ensure "spec-other"
    subject.start("spec-c", "sleeper", { networks = { "spec-other" } })
    assert.are.equal(1, get("spec-c", "http://spec-a/page").exit_code)
    subject.request("POST", "/networks/spec/connect", { Container = "spec-c" })
    assert.are.equal("hello\n", get("spec-c", "http://spec-a/page").stdout)
    refused(403, "endpoint with name spec-c already exists in network spec", "POST", "/networks/spec/connect", { Container = "spec-c" })
    subject.request("POST", "/networks/spec/disconnect", { Container = "spec-c" })
    assert.are.equal(1, get("spec-c", "http://spec-a/page").exit_code)
    refused(500, "container ID is not connected to network spec", "POST", "/networks/spec/disconnect", { Container = "spec-c" })
    engine:container_stop "spec-a"
    assert.are.equal(1, get("spec-b", "http://spec-a/page").exit_code)
  end)

  it("show a container where it is and by which names", function()
    engine:network_ensure "spec-other"
    subject.start("spec-a", "sleeper", { networks = { ["spec"] = { "one", "two" }, ["spec-other"] = {} } })
    local seen = engine:container_get "spec-a"
    assert.are.same({ "one", "two", seen.id:sub(1, 12) }, seen.networks.spec.aliases)
    assert.matches("^%d+%.%d+%.%d+%.%d+$", seen.networks["spec-other"].address)
  end)
end)

describe("volumes", function()
  local engine
  before_each(function() engine = subject.begin() end)
  after_each(subject.finish)

  local function refused(status, words, ...)
    local got, said = subject.request(...)
    assert.are.same({ status, words }, { got, said })
  end

  it("are kept until they are removed", function()
    local _, made = engine:volume_ensure("spec", { labels = { spec = "yes" } })
    assert.is_true(made)
    local _, made_again = engine:volume_ensure("spec", { labels = { spec = "yes" } })
    assert.is_false(made_again)
    assert.are.equal("docker.conflict", (subject.failure(engine.volume_ensure, engine, "spec", { labels = { spec = "no" } })))
    assert.are.equal(1, #engine:volume_list { labels = { spec = "yes" } })
    assert.is_true(engine:volume_remove("spec").changed)
    assert.is_false(engine:volume_remove("spec").changed)
  end)

  it("are made for the containers that name them, and kept for those", function()
    engine:container_create(subject.container("spec-a", "sleeper", { volumes = { "spec-data:/data" } }))
    assert.are.equal("local", engine:volume_get("spec-data").driver)
    refused(409, "remove spec-data: volume is in use - [ID]", "DELETE", "/volumes/spec-data")
    engine:container_remove("spec-a", { volumes = true })
    assert.is_true(engine:volume_remove("spec-data").changed)
  end)

  it("have names of their own kind", function()
    refused(400, "create v: volume name is too short, names should be at least two alphanumeric characters", "POST", "/volumes/create",
      { Name = "v" })
    refused(400, 'create v x: "v x" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. '
      .. "If you intended to pass a host directory, use absolute path", "POST", "/volumes/create", { Name = "v x" })
    refused(404, 'create vw: error looking up volume plugin none-such: plugin "none-such" not found', "POST", "/volumes/create",
      { Name = "vw", Driver = "none-such" })
    refused(404, "get nothere: no such volume", "GET", "/volumes/nothere")
    refused(404, "get nothere: no such volume", "DELETE", "/volumes/nothere")
  end)
end)

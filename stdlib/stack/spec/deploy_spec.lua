-- SPDX-License-Identifier: Apache-2.0
-- Plans and deployments on a simulated swarm.
local docker = require "docker"
local rb = require "runbook"
local stack = require "stack"

-- Steps are told apart by what they are in.
local function apart(key, run) rb.each({ key }, run) end

local function begin(file, swarm, registry)
  local image = { command = { "/app" } }
  local world = simulate {
    machine = { files = { ["/srv/stack.yml"] = file, ["/srv/s.txt"] = "x" } },
    docker = {
      swarm = swarm == nil or swarm, registry = registry, images = { ["app:1"] = image, ["app:2"] = { command = { "/app", "2" } } },
    },
  }
  return docker.connect(), world, stack.load "/srv/stack.yml"
end

local function plan(file, options, swarm)
  local engine, _, model = begin(file, swarm)
  local all = { resolve_image = "never" }
  for key, value in pairs(options or {}) do all[key] = value end
  return stack.plan(engine, model, "site", all), engine, model
end

local function refusal(...)
  local given = table.pack(...)
  return assert.has_error(function() plan(table.unpack(given, 1, given.n)) end, "stack.refused").message
end

describe("the plan of a stack", function()
  it("has all that would be made, in order", function()
    assert.are.equal("+ network site_default\n+ secret site_s\n+ service site_a",
      plan("services: { a: { image: 'app:1', secrets: [s] } }\nsecrets: { s: { file: s.txt } }").text)
  end)

  it("has what differs, and nothing of what does not", function()
    local engine, _, model = begin "services: { a: { image: 'app:1' }, b: { image: 'app:1' } }"
    stack.deploy(engine, model, "site", { resolve_image = "never" })
    model.services.a.image = "app:2"
    model.services.b = nil
    local seen = stack.plan(engine, model, "site", { resolve_image = "never", prune = true })
    assert.are.equal(2, seen.changes)
    assert.matches("^%- service site_b\n= network site_default\n~ service site_a\n", seen.text)
    assert.contains("-TaskTemplate.ContainerSpec.Image = app:1\n    +TaskTemplate.ContainerSpec.Image = app:2", seen.text)
  end)

  describe("for an engine of an older API", function()
    local FILE = [[
services:
  a:
    image: app:1
    cap_add: [NET_ADMIN]
    cap_drop: [MKNOD]
    ulimits: { nofile: 10 }
    oom_score_adj: 5
    healthcheck: { test: x, start_interval: 1s }
    deploy: { resources: { limits: { pids: 7, memory: 10m } } }
]]
    local NEWER = { cap_add = 41, cap_drop = 41, ulimits = 41, ["limits.pids"] = 41, ["healthcheck.start_interval"] = 44,
                    oom_score_adj = 46 }

    local function planned(file, api)
      simulate {
        machine = { files = { ["/srv/stack.yml"] = file } },
        docker = { swarm = true, api = api, images = { ["app:1"] = { command = { "/app" } } } },
      }
      return docker.connect(), stack.load "/srv/stack.yml"
    end

    for minor = 40, 46 do
      it(("1.%d is warned of what it forgets, and that is no difference"):format(minor), function()
        local engine, model = planned(FILE, "1." .. minor)
        local expected = {}
        for key, needed in pairs(NEWER) do
          if minor < needed then
            local words = "'%s' of 'site_a' has no effect: engines have it from API 1.%d on, and this one has 1.%d"
            expected[#expected + 1] = words:format(key, needed, minor)
          end
        end
        table.sort(expected)
        local warnings
        apart("api-" .. minor, function() warnings = stack.deploy(engine, model, "site", { resolve_image = "never" }).warnings end)
        table.sort(warnings)
        assert.are.same(expected, warnings)
        assert.are.equal(0, stack.plan(engine, model, "site", { resolve_image = "never" }).changes)
      end)
    end

    it("is refused where that could only fail", function()
      local engine, model = planned("services: { j: { image: 'app:1', deploy: { mode: global-job } }, " ..
        "c: { image: 'app:1', volumes: [{ type: cluster, source: 'group:g', target: /c }] } }", "1.40")
      local err = assert.has_error(function() stack.plan(engine, model, "site", { resolve_image = "never" }) end, "stack.refused")
      assert.are.equal("'site_c' has a mount of the type 'cluster', which engines have from API 1.42 on; this one has 1.40\n" ..
        "'site_j' has the mode 'global-job', which engines have from API 1.41 on; this one has 1.40", err.message)
    end)
  end)

  it("is refused by an engine that is no manager", function()
    assert.has_error(function() plan("services: { a: { image: 'app:1' } }", {}, false) end, "stack.not_manager")
  end)

  it("is refused where what is external is not there", function()
    assert.are.equal("there is no network 'out', which is external: create it first, with the driver 'overlay'",
      refusal "services: { a: { image: 'app:1', networks: [out] } }\nnetworks: { out: { external: true } }")
    assert.are.equal("there is no secret 's', which 'site_a' needs and which is external: create it first",
      refusal "services: { a: { image: 'app:1', secrets: [s] } }\nsecrets: { s: { external: true } }")
  end)

  it("is refused where a file is not there", function()
    assert.matches("the config 'site_c' cannot be read",
      refusal "services: { a: { image: 'app:1', configs: [c] } }\nconfigs: { c: { file: none.txt } }")
  end)

  it("is refused where an object is somebody else's", function()
    local engine, _, model = begin "services: { a: { image: 'app:1', secrets: [s] } }\nsecrets: { s: { file: s.txt, name: shared } }"
    engine:secret_create { name = "shared", data = "x" }
    local err = assert.has_error(function() stack.plan(engine, model, "site", { resolve_image = "never" }) end, "stack.refused")
    assert.are.equal("the secret 'shared' is there and is of no stack: declare it as external, or remove it", err.message)
  end)

  local DATA = "services: { db: { image: 'app:1', volumes: ['data:/data'] } }\nvolumes: { data: }"
  local PINNED = "services: { db: { image: 'app:1', volumes: ['data:/data'], " ..
    "deploy: { placement: { constraints: [node.hostname == worker1] } } } }\nvolumes: { data: }"
  local THREE = { nodes = { "worker1", { name = "worker2", labels = { disk = "ssd" } } } }

  it("warns of volumes that another node would not have", function()
    assert.are.same({ "'site_db' may land on any of 3 nodes, and finds the volume 'site_data' empty on another one than before" },
      plan(DATA, {}, THREE).warnings)
    assert.are.same({}, plan(DATA, {}).warnings)
    assert.are.same({}, plan(DATA, { local_volumes = "allow" }, THREE).warnings)
    assert.are.same({}, plan(PINNED, {}, THREE).warnings)
    assert.matches("may land on any of 3 nodes", refusal(DATA, { local_volumes = "refuse" }, THREE))
  end)

  it("warns of constraints that no node fits", function()
    local file = "services: { a: { image: 'app:1', deploy: { placement: { constraints: ['%s'] } } } }"
    assert.are.same({ "no node fits the constraints of 'site_a' (node.labels.disk == hdd)" },
      plan(file:format "node.labels.disk == hdd", {}, THREE).warnings)
    assert.are.same({}, plan(file:format "node.labels.disk==SSD", {}, THREE).warnings)
    assert.are.same({}, plan(file:format "node.labels.gone != x", {}, THREE).warnings)
  end)

  it("names the options that there are", function()
    local err = assert.has_error(function() plan("services: { a: { image: 'app:1' } }", { prun = true }) end, "argument.invalid")
    assert.contains("did you mean 'prune'?", err.message)
    assert.has_error(function() plan("services: { a: { image: 'app:1' } }", { resolve_image = "sometimes" }) end, "argument.invalid")
    assert.has_error(function() stack.plan("unix:///x", {}, "site") end, "argument.invalid")
  end)
end)

describe("the image of a deployed service", function()
  local function image_of(engine) return engine:service_get("site_a").image end
  local FILE = "services: { a: { image: 'app:1', deploy: { replicas: 0 } } }"

  it("is that of the registry, unless nobody is to ask", function()
    local engine, _, model = begin(FILE, true, { ["app:1"] = {} })
    apart("registry", function() stack.deploy(engine, model, "site") end)
    assert.matches("^app:1@sha256:%x+$", image_of(engine))
  end)

  it("stays pinned where nobody asks, or nobody answers", function()
    local engine, _, model = begin(FILE, true, { ["app:1"] = {} })
    apart("first", function() stack.deploy(engine, model, "site") end)
    local pinned = image_of(engine)
    for _, how in ipairs { "never", "changed" } do
      apart(how, function() assert.are.equal(0, stack.deploy(engine, model, "site", { resolve_image = how }).changes) end)
      assert.are.equal(pinned, image_of(engine))
    end
  end)

  it("is its tag where the registry does not know it, with a warning", function()
    local engine, _, model = begin(FILE)
    local done
    apart("unknown", function() done = stack.deploy(engine, model, "site") end)
    assert.matches("the registry does not say what 'app:1' is", done.warnings[1])
    assert.are.equal("app:1", image_of(engine))
  end)
end)

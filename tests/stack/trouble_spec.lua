-- SPDX-License-Identifier: Apache-2.0
-- What goes wrong with stacks on a real swarm, and what is said of it.
local docker = require "docker"
local machine = require "machine"
local rb = require "runbook"
local stack = require "stack"

local engine = docker.connect(test_environment "DOCKER")
local folder = test_environment "TMP" .. "/files"
local here = machine.here()
local count = 0

-- Steps are told apart by what they are in.
local function apart(run)
  count = count + 1
  local result
  rb.each({ tostring(count) }, function() result = run() end)
  return result
end

local function model(text)
  here:directory_ensure { path = folder }
  here:write(folder .. "/stack.yml", text)
  return stack.load(folder .. "/stack.yml")
end

local function deploy(name, text, options)
  local all = { resolve_image = "never", timeout = "10s" }
  for key, value in pairs(options or {}) do all[key] = value end
  return apart(function() return stack.deploy(engine, model(text), name, all) end)
end
local function remove(name) return apart(function() return stack.remove(engine, name) end) end

local function left(name)
  local filter = { labels = { ["com.docker.stack.namespace"] = name } }
  return #engine:service_list(filter) + #engine:network_list(filter) + #engine:secret_list(filter) + #engine:config_list(filter)
end

describe("a stack on a swarm", function()
  after_each(function()
    for _, one in ipairs(stack.list(engine)) do remove(one.name) end
    for _, name in ipairs { "t", "u" } do remove(name) end
  end)

  it("fails with the words of the scheduler where no node fits", function()
    local err = assert.has_error(function()
      deploy("t", "services: { a: { image: idle, deploy: { placement: { constraints: [node.hostname == nowhere] } } } }")
    end)
    assert.contains("no suitable node", err.message)
  end)

  it("fails with the words of the engine where there is no such image", function()
    local err = assert.has_error(function() deploy("t", "services: { a: { image: none-such:1 } }") end)
    assert.contains("No such image", err.message)
  end)

  it("fails where a folder to mount is not there", function()
    local err = assert.has_error(function() deploy("t", "services: { a: { image: idle, volumes: ['/no/such/folder:/x'] } }") end)
    assert.contains("bind source path does not exist", err.message)
  end)

  it("fails where a task ends again and again, with its last words", function()
    local err = assert.has_error(function()
      deploy("t", "services: { a: { image: idle, command: [/bin/busybox, sh, -c, 'echo out of beans; exit 3'], " ..
        "deploy: { restart_policy: { delay: 200ms } } } }")
    end)
    assert.contains("out of beans", (err.context or {}).log or err.message)
  end)

  it("is refused before anything is made where a port is published already", function()
    deploy("u", "services: { a: { image: idle, ports: ['21080:80'], deploy: { replicas: 0 } } }")
    local err = assert.has_error(function()
      deploy("t", "services: { a: { image: idle, ports: ['21080:80'], deploy: { replicas: 0 } } }")
    end, "stack.refused")
    assert.are.equal("the port 21080/tcp of 't_a' is published by 'u_a' already", err.message)
    assert.are.equal(0, left "t")
  end)

  it("is refused before anything is made, with all that is missing", function()
    here:directory_ensure { path = folder }
    here:write(folder .. "/empty.txt", "")
    engine:network_ensure("here-only", { driver = "bridge" })
    local err = assert.has_error(function()
      deploy("t", "services: { a: { image: idle, networks: [n1, n2], secrets: [s, e], configs: [c] } }\n" ..
        "networks: { n1: { external: true }, n2: { external: true, name: here-only } }\n" ..
        "secrets: { s: { external: true }, e: { file: empty.txt } }\nconfigs: { c: { external: true, name: gone } }")
    end, "stack.refused")
    assert.are.equal([[
there is no network 'n1', which is external: create it first, with the driver 'overlay'
the external network 'here-only' is on this node only: services need one with the driver 'overlay'
the secret 't_e' has 0 bytes in ]] .. folder .. [[/empty.txt: engines take 1 to 511999
there is no secret 's', which 't_a' needs and which is external: create it first
there is no config 'gone', which 't_a' needs and which is external: create it first]], err.message)
    assert.are.equal(0, left "t")
  end)

  it("is not removed where another service is on its network, and says which", function()
    deploy("t", "services: { a: { image: idle, deploy: { replicas: 0 } } }")
    deploy("u", "services: { editor: { image: idle, networks: [n], deploy: { replicas: 0 } } }\n" ..
      "networks: { n: { external: true, name: t_default } }")
    local err = assert.has_error(function() remove "t" end, "stack.in_use")
    assert.are.equal("the service 'u_editor' is on the network 't_default'", err.message)
    assert.are.equal(2, left "t")
    remove "u"
    assert.are.equal(1, remove("t").services)
    assert.are.equal(0, left "t")
  end)

  it("is removed and deployed again at the first try", function()
    local text = "services: { a: { image: idle }, b: { image: idle, networks: [n] } }\nnetworks: { n: }"
    text = text:gsub("n: }$", "net: }"):gsub("%[n%]", "[net]")
    for _ = 1, 3 do
      assert.are.equal(2, #deploy("t", text, { timeout = "30s" }).created)
      assert.are.equal(2, remove("t").services)
      assert.are.equal(0, left "t")
    end
  end)

  it("is deployed at the first try while the docker program's removal goes on", function()
    local text = "services: { a: { image: idle } }"
    deploy("t", text, { timeout = "30s" })
    here:run({ "docker", "stack", "rm", "t" }, { env = { DOCKER_HOST = test_environment "DOCKER" } })
    assert.are.equal(1, #deploy("t", text, { timeout = "30s" }).created)
  end)

  it("that was never there is told, and no failure", function() assert.is_false(remove("t").found) end)

  it("fails where the engine goes back to the former image by itself", function()
    local function text(image)
      return "services: { a: { image: " .. image .. ", deploy: { restart_policy: { delay: 100ms }, " ..
        "update_config: { failure_action: rollback, monitor: 2s } } } }"
    end
    deploy("t", text "idle", { timeout = "30s" })
    assert.has_error(function() deploy("t", text "none-such:1", { timeout = "40s" }) end, "docker.rollback")
    assert.are.equal("idle:latest", engine:service_get("t_a").image)
  end)

  it("has its secrets rotated by their content, and keeps the former one", function()
    local text = "services: { a: { image: idle, secrets: [s], deploy: { replicas: 0 } } }\nsecrets: { s: { file: s.txt } }"
    local names = {}
    here:directory_ensure { path = folder }
    for round, content in ipairs { "one", "one", "two", "three" } do
      here:write(folder .. "/s.txt", content)
      local done = deploy("t", text, { rotate = true })
      assert.are.equal(round == 2 and 0 or 1, #done.created + #done.updated)
      names[round] = engine:service_get("t_a").raw.Spec.TaskTemplate.ContainerSpec.Secrets[1].SecretName
    end
    assert.matches("^t_s%-%x+$", names[1])
    assert.are_not.equal(names[1], names[3])
    local there = {}
    for _, one in ipairs(engine:secret_list { labels = { ["com.docker.stack.namespace"] = "t" } }) do there[one.name] = true end
    assert.are.same({ [names[3]] = true, [names[4]] = true }, there)
  end)

  it("loses the services that its file no longer has, where that is asked for", function()
    deploy("t", "services: { a: { image: idle, deploy: { replicas: 0 } }, b: { image: idle, deploy: { replicas: 0 } } }")
    local one = "services: { a: { image: idle, deploy: { replicas: 0 } } }"
    assert.are.same({}, deploy("t", one).removed)
    assert.are.same({ "t_b" }, deploy("t", one, { prune = true }).removed)
    assert.are.equal(1, #stack.services(engine, "t"))
  end)
end)

-- SPDX-License-Identifier: Apache-2.0
local docker = require "docker"
local machine = require "machine"
local simulated_site = require "simulated_site"

describe("looking at the configuration", function()
  local function refused(files, answers, params)
    local world = simulate { machine = simulated_site.machine(files, answers), docker = {} }
    local before = world:state()
    local all = { confs = "/confs" }
    for key, value in pairs(params or {}) do all[key] = value end
    local run = world:run("config.lua", all)
    assert.are.equal("danake.configuration", run.error and run.error.code)
    assert.are.same(before, world:state())
    assert.is_nil(machine.here():find "/confs/cookie2uid.map")
    return run.error.message
  end

  it("tells all that is wrong, and makes nothing", function()
    local said = refused({
      ["/confs/certs/dhparam.pem"] = { content = "", mode = "0644" },
      ["/confs/auth-config.py"] = { content = "SECRET_KEY = 'sesame'\n", mode = "0644" },
      ["/confs/uid2info.tsv"] = "s-01\tAda\ns-01\tBarbara\n1; x\tEdith\n",
    })
    assert.matches("dhparam.pem: it is empty", said)
    assert.matches("auth%-config.py: others may read it %(mode 0644%); chmod 600", said)
    assert.matches("line 2: 's%-01' is there already, in line 1", said)
    assert.matches("line 3: '1; x' is no student's number", said)
  end)

  it("refuses a file that no secret can hold", function()
    local said = refused { ["/confs/certs/fullchain.pem"] = { content = ("x"):rep(512000), mode = "0644" } }
    assert.matches("fullchain.pem: it has 512000 bytes, a secret has at most 511999", said)
  end)

  it("refuses the key of another certificate", function()
    assert.matches("privkey.pem is not the key of /confs/certs/fullchain.pem", refused({}, { key = "another" }))
  end)

  it("refuses a certificate that ends soon", function()
    assert.matches("it ends on Jan  3 00:00:00 2026 GMT, within 7 days", refused({}, { ends_soon = true }))
  end)

  it("refuses a certificate of another host", function()
    assert.matches("it is not for 'exam.example.org'", refused({}, { host = "www.example.org" }, { certificate_host = "exam.example.org" }))
  end)

  it("refuses a file with nothing in it", function()
    local said = refused { ["/confs/auth-config.py"] = { content = "", mode = "0600" } }
    assert.matches("auth%-config.py: it is empty", said)
  end)

  it("refuses cookies that are damaged, and does not touch them", function()
    local world = simulate { machine = simulated_site.machine { ["/confs/cookie2uid.map"] = { content = "half a line",
      mode = "0600" } }, docker = {} }
    local run = world:run("config.lua", { confs = "/confs" })
    assert.matches("the cookies are damaged:\n  line 1", run.error.message)
    assert.are.equal("half a line", machine.here():read "/confs/cookie2uid.map")
  end)
end)

describe("giving the swarm the configuration", function()
  local function new_world() return simulated_site.world(simulate) end

  local function secret(key)
    for _, one in ipairs(docker.connect():secret_list()) do
      if one.labels["runbook.version.of"] == "danake_" .. key then return one end
    end
  end

  it("makes six secrets and a config, labelled as this stack's", function()
    local run = new_world():run("config.lua", simulated_site.config())
    assert.are.equal("done", run.state, run.error and run.error.message)
    assert.are.equal(6, #docker.connect():secret_list { labels = { ["danake.site"] = "danake" } })
    assert.are.equal("s-01\tAda\ns-02\tBarbara\ns-03\tEdith\n", docker.connect():config_get(docker.connect():config_list()[1].name).data)
    assert.are.equal("0600", machine.here():stat("/confs/cookie2uid.map").mode)
  end)

  it("changes nothing the second time", function()
    local world = new_world()
    world:run("config.lua", simulated_site.config())
    assert.are.equal(0, world:run("config.lua", simulated_site.config()).changed)
  end)

  it("plans without making anything", function()
    local world = new_world()
    local before = world:state()
    local plan = world:plan("config.lua", simulated_site.config())
    assert.are.equal("planned", plan.state, plan.error and plan.error.message)
    assert.are.equal(8, plan.planned)
    assert.are.same(before, world:state())
  end)

  it("changes running services over, and keeps the version before it", function()
    local world = new_world()
    simulated_site.up_to(world, "deploy")
    local old = secret("mail_config").name
    machine.here():write("/confs/mail-config.py", "SENDER = 'another'\n", { mode = "0600" })
    local run = world:run("config.lua", simulated_site.rotate())
    assert.are.equal("done", run.state, run.error and run.error.message)
    local names = {}
    for _, one in ipairs(docker.connect():secret_list()) do names[one.name] = true end
    assert.is_true(names[old])
    local used = docker.connect():service_get("danake_auth").raw.Spec.TaskTemplate.ContainerSpec.Secrets
    for _, one in ipairs(used) do assert.are_not.equal(old, one.SecretName) end
  end)

  it("tells nobody what is in the files", function()
    local run = new_world():run("config.lua", simulated_site.config())
    local told = require("json").encode(run.events)
    for _, word in ipairs { "sesame", "the key", require("cookies").read(machine.here(), "/confs/cookie2uid.map")["s-01"] } do
      assert.is_nil(told:find(word, 1, true))
    end
  end)

  survives("giving the swarm the configuration", {
    file = "config.lua", params = simulated_site.config(), world = simulated_site.settled(simulate),
  })
end)

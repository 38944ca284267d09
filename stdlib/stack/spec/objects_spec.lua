-- SPDX-License-Identifier: Apache-2.0
local stack = require "stack"
local text = require "text"

local STACK = { ["com.docker.stack.namespace"] = "site" }

local function objects(file, options) return stack.objects(text.load(file, options), "site") end
-- The one service of a file with these keys.
local function service(keys, sections) return objects(text.around(keys, sections)).services[1] end
local function container(keys, sections) return service(keys, sections).TaskTemplate.ContainerSpec end
local function task(keys, sections) return service(keys, sections).TaskTemplate end

describe("a service in the engine", function()
  it("has what is always sent, and nothing else", function()
    assert.are.same({
      Name = "site_web", Labels = { ["com.docker.stack.namespace"] = "site", ["com.docker.stack.image"] = "nginx" },
      Mode = { Replicated = {} }, EndpointSpec = {},
      TaskTemplate = {
        ContainerSpec = { Image = "nginx:latest", Labels = STACK, Privileges = {} }, Resources = {}, Placement = {},
        Networks = { { Target = "site_default", Aliases = { "web" } } },
      },
    }, service "")
  end)

  it("has the labels of deploy, and its containers those of the service; the stack's own win", function()
    local web = service "labels: { a: 1, com.docker.stack.namespace: x }\ndeploy: { labels: { b: 2, com.docker.stack.image: y } }"
    assert.are.same({ a = "1", ["com.docker.stack.namespace"] = "site" }, web.TaskTemplate.ContainerSpec.Labels)
    assert.are.same({ b = "2", ["com.docker.stack.namespace"] = "site", ["com.docker.stack.image"] = "nginx" }, web.Labels)
  end)

  for image, expected in pairs {
    ["nginx:1.2"] = "nginx:1.2", ["docker.io/library/nginx:alpine"] = "nginx:alpine", ["docker.io/a/b"] = "a/b:latest",
    ["index.docker.io/library/nginx"] = "nginx:latest", ["localhost:5000/a"] = "localhost:5000/a:latest",
    ["library/nginx"] = "nginx:latest",
    ["a/b@sha256:" .. ("a"):rep(64)] = "a/b@sha256:" .. ("a"):rep(64),
  } do
    it("of the image " .. image .. " runs " .. expected, function()
      local web = objects("services: { web: { image: '" .. image .. "' } }").services[1]
      assert.are.equal(expected, web.TaskTemplate.ContainerSpec.Image)
      assert.are.equal(image, web.Labels["com.docker.stack.image"])
    end)
  end

  it("has commands, users and the like", function()
    local made = container("command: a b\nentrypoint: [c]\nuser: u\nworking_dir: /w\nhostname: h\ntty: true\nstdin_open: false\n" ..
      "read_only: true\ninit: false\nstop_signal: SIGINT\nstop_grace_period: 1s\nsysctls: { a: 1 }\noom_score_adj: 5\nisolation: x")
    assert.are.same({
      Image = "nginx:latest", Labels = STACK, Privileges = {}, Args = { "a", "b" }, Command = { "c" }, User = "u", Dir = "/w",
      Hostname = "h", TTY = true, ReadOnly = true, Init = false, StopSignal = "SIGINT", StopGracePeriod = 1000000000, Sysctls = { a = "1" },
      OomScoreAdj = 5, Isolation = "x" }, made)
  end)

  it("has its environment sorted by the whole entry", function()
    assert.are.same({ "A2=1", "A=1", "B", "C=" }, container("environment: { A: 1, A2: 1, B: , C: '' }").Env)
  end)

  it("has capabilities in capitals, and what is added is not dropped", function()
    local made = container "cap_add: [net_admin, CAP_SYS_TIME]\ncap_drop: [NET_ADMIN, chown]"
    assert.are.same({ "CAP_NET_ADMIN", "CAP_SYS_TIME" }, made.CapabilityAdd)
    assert.are.same({ "CAP_CHOWN" }, made.CapabilityDrop)
    assert.are.same({ "ALL" }, container("cap_drop: [chown, all]").CapabilityDrop)
  end)

  it("has hosts, name servers and limits of users", function()
    local made = container "extra_hosts: ['b:1.2.3.4', 'a=::1']\ndns: 8.8.8.8\nulimits: { nofile: 5, core: { soft: 0, hard: -1 } }"
    assert.are.same({ "1.2.3.4 b", "::1 a" }, made.Hosts)
    assert.are.same({ Nameservers = { "8.8.8.8" } }, made.DNSConfig)
    assert.are.same({ { Name = "core", Soft = 0, Hard = -1 }, { Name = "nofile", Soft = 5, Hard = 5 } }, made.Ulimits)
  end)

  it("has its health check, none, or the image's", function()
    assert.are.same({ Test = { "CMD-SHELL", "x" }, Interval = 1000000000, Retries = 2 },
      container("healthcheck: { test: x, interval: 1s, retries: 2 }").Healthcheck)
    assert.are.same({ Test = { "NONE" } }, container("healthcheck: { disable: true }").Healthcheck)
    assert.is_nil(container("").Healthcheck)
  end)

  it("has a block for name servers where it says that there are none", function()
    assert.are.same({}, container("dns: []").DNSConfig)
  end)

  it("has ports in the order of what they publish", function()
    assert.are.same({ Mode = "vip", Ports = {
      { TargetPort = 7, PublishMode = "host" },
      { TargetPort = 80, PublishedPort = 80, Protocol = "tcp", PublishMode = "ingress" },
      { TargetPort = 1, PublishedPort = 443, Protocol = "udp", PublishMode = "ingress" },
    } }, service("ports: ['443:1/udp', '80:80', { target: 7, mode: host }]\ndeploy: { endpoint_mode: vip }").EndpointSpec)
  end)

  for deploy, mode in pairs {
    ["replicas: 0"] = { Replicated = { Replicas = 0 } }, ["mode: global"] = { Global = {} }, ["mode: global-job"] = { GlobalJob = {} },
    ["mode: replicated-job, replicas: 3"] = { ReplicatedJob = { MaxConcurrent = 3, TotalCompletions = 3 } },
  } do
    it("runs with " .. deploy, function() assert.are.same(mode, service("deploy: { " .. deploy .. " }").Mode) end)
  end

  it("is updated one task at a time where the block says nothing of it", function()
    local web = service "deploy: { update_config: { delay: 1s, order: start-first }, rollback_config: { parallelism: 0 } }"
    assert.are.same({ Parallelism = 1, Delay = 1000000000, MaxFailureRatio = 0, Order = "start-first" }, web.UpdateConfig)
    assert.are.same({ Parallelism = 0, MaxFailureRatio = 0, Order = "" }, web.RollbackConfig)
  end)

  for keys, policy in pairs {
    ["restart: always"] = { Condition = "any" }, ["restart: unless-stopped"] = { Condition = "any" },
    ["restart: always:3"] = { Condition = "any" }, ["restart: on-failure"] = { Condition = "on-failure", MaxAttempts = 0 },
    ["restart: on-failure:3"] = { Condition = "on-failure", MaxAttempts = 3 }, ["restart: 'no'"] = false,
    ["restart: always\ndeploy: { restart_policy: { condition: none, max_attempts: 0, delay: 0s } }"] =
      { Condition = "none", MaxAttempts = 0, Delay = 0 },
  } do
    it("restarts as " .. keys:gsub("\n", " | "), function() assert.are.same(policy or nil, task(keys).RestartPolicy) end)
  end

  it("has limits, constraints and where logs go", function()
    local made = task("logging: { driver: syslog }\ndeploy: { resources: { limits: { cpus: '.5', memory: 5m, pids: 9 }, reservations: " ..
      "{ generic_resources: [{ discrete_resource_spec: { kind: gpu, value: 1 } }] } }, placement: { constraints: [a == b], " ..
      "preferences: [{ spread: c }], max_replicas_per_node: 2 } }")
    assert.are.same({ Name = "syslog" }, made.LogDriver)
    assert.are.same({ Limits = { NanoCPUs = 500000000, MemoryBytes = 5242880, Pids = 9 },
      Reservations = { GenericResources = { { DiscreteResourceSpec = { Kind = "gpu", Value = 1 } } } } }, made.Resources)
    assert.are.same({ Constraints = { "a == b" },
      Preferences = { { Spread = { SpreadDescriptor = "c" } } }, MaxReplicas = 2 }, made.Placement)
  end)

  it("is in its networks by the names they have, sorted", function()
    local made = task("networks: { z: { aliases: [x] }, a: , h: , o: }",
      "networks: { z: , a: { name: zz }, h: { external: true, name: host }, o: { external: true } }")
    assert.are.same({ { Target = "host" }, { Target = "o", Aliases = { "web" } }, { Target = "site_z", Aliases = { "x", "web" } },
                      { Target = "zz", Aliases = { "web" } } }, made.Networks)
  end)

  it("has volumes of the stack with its label, and others without", function()
    local made = container("volumes: ['vv:/1', 'ee:/2', 'nn:/3:nocopy', /4, './x:/5:ro,rslave', " ..
      "{ type: tmpfs, target: /6, tmpfs: { size: 9 } }]",
      "volumes: { vv: { driver: nfs, driver_opts: { o: 1 }, labels: { a: b } }, ee: { external: true }, nn: { name: real } }")
    assert.are.same({
      { Type = "volume", Source = "site_vv", Target = "/1", VolumeOptions = {
        Labels = { a = "b", ["com.docker.stack.namespace"] = "site" }, DriverConfig = { Name = "nfs", Options = { o = "1" } } } },
      { Type = "volume", Source = "ee", Target = "/2", VolumeOptions = {} },
      { Type = "volume", Source = "real", Target = "/3", VolumeOptions = { NoCopy = true, Labels = STACK } },
      { Type = "volume", Target = "/4" },
      { Type = "bind", Source = "/srv/app/x", Target = "/5", ReadOnly = true, BindOptions = { Propagation = "rslave" } },
      { Type = "tmpfs", Target = "/6", TmpfsOptions = { SizeBytes = 9 } },
    }, made.Mounts)
  end)

  it("has secrets and configs by the names of their objects", function()
    local made = container("secrets: [{ source: z, target: t, uid: '5', mode: 0400 }, a]\nconfigs: [c]\ncredential_spec: { config: d }",
      "secrets: { z: { file: z }, a: { external: true, name: x } }\nconfigs: { c: { file: c }, d: { file: d } }")
    assert.are.same({ { SecretName = "site_z", File = { Name = "t", UID = "5", GID = "0", Mode = 256 } },
                      { SecretName = "x", File = { Name = "a", UID = "0", GID = "0", Mode = 292 } } }, made.Secrets)
    assert.are.same({ { ConfigName = "site_c", File = { Name = "c", UID = "0", GID = "0", Mode = 292 } },
                      { ConfigName = "site_d", Runtime = {} } }, made.Configs)
    assert.are.same({ CredentialSpec = { Config = "site_d" } }, made.Privileges)
  end)
end)

describe("a stack in the engine", function()
  it("has the networks that are used, and the default one where a service names none", function()
    local made = objects [[
services: { a: { image: x }, b: { image: x, networks: [n, e] } }
networks:
  n: { driver_opts: { encrypted: "" }, attachable: true, labels: [a=b], ipam: { config: [{ subnet: 10.9.0.0/24 }] } }
  e: { external: true, name: outside }
  unused:
]]
    assert.are.same({
      { Name = "site_default", Driver = "overlay", Labels = STACK, Internal = false, Attachable = false },
      { Name = "site_n", Driver = "overlay", Labels = { a = "b", ["com.docker.stack.namespace"] = "site" }, Internal = false,
        Attachable = true, Options = { encrypted = "" }, IPAM = { Driver = "", Config = { { Subnet = "10.9.0.0/24" } } } },
    }, made.networks)
    assert.are.same({ "outside" }, made.external_networks)
  end)

  it("has all secrets and configs that are its own", function()
    local made = objects [[
secrets: { a: { file: a.txt }, b: { external: true }, d: { driver: vault, driver_opts: { x: 1 }, name: real } }
configs: { c: { file: /etc/c, template_driver: golang, labels: [k] } }
]]
    assert.are.same({ { spec = { Name = "site_a", Labels = STACK }, file = "/srv/app/a.txt" },
      { spec = { Name = "real", Labels = STACK, Driver = { Name = "vault", Options = { x = "1" } } } } }, made.secrets)
    assert.are.same({ { spec = { Name = "site_c", Labels = { k = "", ["com.docker.stack.namespace"] = "site" },
                                 Templating = { Name = "golang" } }, file = "/etc/c" } }, made.configs)
  end)

  it("has a name, and services whose names an engine takes", function()
    local model = text.load "services: { a.b: { image: x } }"
    for _, name in ipairs { "a.b", "", "-a", "a b" } do assert.has_error(function() stack.objects(model, name) end, "argument.invalid") end
    local err = assert.has_error(function() stack.objects(model, "site") end, "stack.invalid")
    assert.are.equal("the service 'a.b' cannot be called 'site_a.b': letters, digits, '-' and '_', at most 63", err.message)
    assert.has_error(function() stack.objects("x", "site") end, "argument.invalid")
  end)
end)

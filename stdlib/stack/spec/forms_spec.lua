-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local text = require "text"

local function port(target, published, protocol)
  return { target = target, published = published, protocol = protocol or "tcp", mode = "ingress" }
end

-- What is written in a service, and what it is in the model.
local FORMS = {
  ["an empty command"] = { "command: ''", { command = {} } },
  ["a command in words"] = { [[command: sh -c "echo \"a b\" 'c'" d\ e f'g' # h]], { command = { "sh", "-c", "echo \"a b\" 'c'", "d e",
    "fg" } } },
  ["a command over several lines"] = { "command: >\n  sh -c\n  x", { command = { "sh", "-c", "x" } } },
  ["an entrypoint of a list"] = { "entrypoint: [tini, --]", { entrypoint = { "tini", "--" } } },
  ["a port inside only"] = { "ports: [80, '81/udp']", { ports = { port(80), port(81, nil, "udp") } } },
  ["a published port"] = { "ports: ['8080:80/TCP']", { ports = { port(80, 8080) } } },
  ["a range of ports"] = { "ports: ['8000-8001:80-81']", { ports = { port(80, 8000), port(81, 8001) } } },
  ["a range before one port"] = { "ports: ['8000-8001:80']", { ports = { port(80, 8000), port(80, 8001) } } },
  ["a range inside"] = { "ports: ['80-81']", { ports = { port(80), port(81) } } },
  ["a long port"] = { "ports: [{ target: 80, published: 8080, mode: host }]",
    { ports = { { target = 80, published = 8080, mode = "host" } } } },
  ["a text with colons"] = { "ports: [22:22]", { ports = { port(22, 22) } } },
  ["an anonymous volume"] = { "volumes: [/data]", { volumes = { { type = "volume", target = "/data" } } } },
  ["a folder above"] = { "volumes: ['../x:/y']", { volumes = { { type = "bind", source = "/srv/x", target = "/y" } } } },
  ["a folder at home"] = { "volumes: ['~/x:/y']", { volumes = { { type = "bind", source = "/home/me/x", target = "/y" } } } },
  ["an absolute folder"] = { "volumes: ['/x/../z:/y:rw,rshared']",
    { volumes = { { type = "bind", source = "/x/../z", target = "/y", read_only = false, bind = { propagation = "rshared" } } } } },
  ["a long bind"] = { "volumes: [{ type: bind, source: ., target: /y, bind: { propagation: slave } }]",
    { volumes = { { type = "bind", source = "/srv/app", target = "/y", bind = { propagation = "slave" } } } } },
  ["a tmpfs"] = { "volumes: [{ type: tmpfs, target: /t, tmpfs: { size: 1024 } }]",
    { volumes = { { type = "tmpfs", target = "/t", tmpfs = { size = 1024 } } } } },
  ["an environment in a list"] = { "environment: [A=1, 'B=x=y', C=, D, HOME, A=2]",
    { environment = { A = "2", B = "x=y", C = "", D = rb.null, HOME = "/home/me" } } },
  ["an environment in a map"] = { "environment: { A: 1, B: x, C: '', D: null, HOME: '' }",
    { environment = { A = "1", B = "x", C = "", D = rb.null, HOME = "/home/me" } } },
  ["numbers as Go writes them"] =
    { "labels: { a: 1.10, b: 0123, c: 1e6, d: 123456789.0, e: 0.000001, f: 2.0, g: 0o17, h: -5, i: 1_000, j: 0b11, k: 0x1F }",
    { labels = { a = "1.1", b = "83", c = "1e+06", d = "1.23456789e+08", e = "1e-06", f = "2", g = "15", h = "-5", i = "1000", j = "3",
      k = "31" } } },
  ["numbers of 64 bits, and with marks between digits"] = {
    "labels: { a: 12345678901234567890, b: 18446744073709551616, c: 1_0.5, d: 0X1F, e: -0b11 }",
    { labels = { a = "12345678901234567890", b = "1.8446744073709552e+19", c = "10.5", d = "31", e = "-3" } } },
  ["numbers after letters of more bytes"] = { "labels: { ü: 0b11, ßß: 0123 }", { labels = { ["ü"] = "3", ["ßß"] = "83" } } },
  ["hosts with an equals sign after a colon"] = { "extra_hosts: ['x:y=z']", { extra_hosts = { { host = "x", address = "y:z" } } } },
  ["drives of Windows"] = { "volumes: ['C:\\a:D:\\b:ro']",
    { volumes = { { type = "bind", source = "C:\\a", target = "D:\\b", read_only = true } } } },
  ["no limit of processes"] = { "deploy: { resources: { limits: { pids: -1, cpus: '' } } }",
    { deploy = { resources = { limits = { pids = -1 } } } } },
  ["protocols in capitals"] = { "ports: [{ target: 80, protocol: TCP, mode: Host }]",
    { ports = { { target = 80, protocol = "tcp", mode = "host" } } } },
  ["numbers in quotes as they are"] = { "labels: { a: '1.10', b: \"0123\", c: '2024-01-02', d: \"1_000\" }",
    { labels = { a = "1.10", b = "0123", c = "2024-01-02", d = "1_000" } } },
  ["labels in a list"] = { "labels: [a=b, c, 'd=`e`']", { labels = { a = "b", c = "", d = "`e`" } } },
  ["labels without a value"] = { "labels: { a: }", { labels = { a = "" } } },
  ["networks in a list"] = { "networks: [default]", { networks = { default = {} } } },
  ["networks with aliases"] = { "networks: { default: { aliases: [a, b], driver_opts: { x: 1 } } }",
    { networks = { default = { aliases = { "a", "b" }, driver_opts = { x = "1" } } } } },
  ["hosts in a list"] = { "extra_hosts: ['b:1.2.3.4', 'a=::1', 'c:[::2]']",
    { extra_hosts = { { host = "b", address = "1.2.3.4" }, { host = "a", address = "::1" }, { host = "c", address = "::2" } } } },
  ["hosts in a map, sorted"] = { "extra_hosts: { b: 1.2.3.4, a: '::1' }",
    { extra_hosts = { { host = "a", address = "::1" }, { host = "b", address = "1.2.3.4" } } } },
  ["limits of users"] = { "ulimits: { nproc: 65535, nofile: { soft: 20000, hard: 40000 }, core: -1 }", { ulimits = {
    nproc = { soft = 65535, hard = 65535 }, nofile = { soft = 20000, hard = 40000 }, core = { soft = -1, hard = -1 } } } },
  ["a health check in a line"] =
    { "healthcheck: { test: curl -f localhost, interval: 1m30s, timeout: 10s, retries: 3, start_period: 500ms }",
    { healthcheck = { test = { "CMD-SHELL", "curl -f localhost" }, interval = 90000000000, timeout = 10000000000, retries = 3,
                      start_period = 500000000 } } },
  ["a health check in a list"] = { "healthcheck: { test: [CMD, 'true'], start_interval: 1.5s }",
    { healthcheck = { test = { "CMD", "true" }, start_interval = 1500000000 } } },
  ["no health check"] = { "healthcheck: { disable: true }", { healthcheck = { disable = true } } },
  ["one server of names"] = { "dns: 8.8.8.8\ndns_search: [a, b]", { dns = { "8.8.8.8" }, dns_search = { "a", "b" } } },
  ["capabilities and the like"] = { "cap_add: [ALL]\nsysctls: { net.core.somaxconn: 1024 }\noom_score_adj: -500\ninit: false\nuser: '1000'",
    { cap_add = { "ALL" }, sysctls = { ["net.core.somaxconn"] = "1024" }, oom_score_adj = -500, init = false, user = "1000" } },
  ["where logs go"] = { "logging: { driver: syslog, options: { a: 1, b: x, c: } }",
    { logging = { driver = "syslog", options = { a = "1", b = "x", c = "" } } } },
  ["updates"] =
    { "deploy: { update_config: { parallelism: 0, delay: 10s, order: start-first, failure_action: rollback, max_failure_ratio: 0.1 } }",
    { deploy = { update_config = { parallelism = 0, delay = 10000000000, order = "start-first", failure_action = "rollback",
                                   max_failure_ratio = 0.1 } } } },
  ["restarts"] = { "deploy: { restart_policy: { condition: on-failure, delay: 5s, max_attempts: 3, window: 2m } }",
    { deploy = { restart_policy = { condition = "on-failure", delay = 5000000000, max_attempts = 3, window = 120000000000 } } } },
  ["placement"] = { "deploy: { mode: global, placement: { constraints: [node.role==manager], preferences: [{ spread: node.labels.z }] } }",
    { deploy = { mode = "global", placement = { constraints = { "node.role==manager" },
      preferences = { { spread = "node.labels.z" } } } } } },
  ["resources"] =
    { "deploy: { resources: { limits: { cpus: 1/8, memory: 1.5 GiB, pids: 100 }, reservations: { cpus: '1e-2', memory: 20480kb } } }",
    { deploy = { resources = { limits = { cpus = 125000000, memory = 1610612736, pids = 100 }, reservations =
      { cpus = 10000000, memory = 20971520 } } } } },
  ["generic resources"] =
    { "deploy: { resources: { reservations: { generic_resources: [{ discrete_resource_spec: { kind: gpu, value: 2 } }] } } }",
    { deploy = { resources = { reservations = { generic_resources = { { discrete_resource_spec = { kind = "gpu", value = 2 } } } } } } } },
  ["an endpoint mode in capitals"] = { "deploy: { endpoint_mode: DNSRR }", { deploy = { endpoint_mode = "dnsrr" } } },
  ["an empty deploy"] = { "deploy:", { deploy = {} } },
  ["keys of others"] = { "x-note: [1, 2]", {} },
}

describe("a service has", function()
  for what, form in pairs(FORMS) do
    it(what, function() assert.are.same(form[2], text.service(form[1], { variables = { HOME = "/home/me" } })) end)
  end
end)

describe("files of an environment", function()
  it("come before what the service says itself, with quotes and blanks as they stand", function()
    local web = text.service("env_file: [one.env, two.env]\nenvironment: { B: service }", { variables = { D = "caller" } }, {
      ["one.env"] = "\u{FEFF}# comment\n\n  A=\"one\" \nB=one\nC=one\nD\nE\nF=$A\n", ["two.env"] = "C=two\r\nD2=\n" })
    assert.are.same({ environment = { A = "\"one\" ", B = "service", C = "two", D = "caller", F = "$A", D2 = "" } }, web)
  end)

  it("must be there, and hold names", function()
    assert.are.equal("stack.yml:5: there is no file /srv/app/b.env\nstack.yml:5: /srv/app/a.env, line 2: 'B C' is no name of a variable",
      text.problem("env_file:\n  [b.env, a.env]", nil, { ["a.env"] = "A=1\nB C=2\n" }))
  end)
end)

describe("secrets and configs", function()
  local function objects(keys) return text.load(text.around(keys,
    "secrets: { s: { file: s.txt } }\nconfigs: { c: { external: true, name: real } }\n")) end

  it("are named, or have a target, an owner and permissions in octal", function()
    local model = objects "secrets: [s, { source: s, target: t, uid: '1', gid: '2', mode: 0440 }]\nconfigs: [{ source: c, mode: 0o400 }]"
    assert.are.same({ { source = "s" }, { source = "s", target = "t", uid = "1", gid = "2", mode = 288 } }, model.services.web.secrets)
    assert.are.same({ { source = "c", mode = 256 } }, model.services.web.configs)
    assert.are.same({ c = { external = true, name = "real" } }, model.configs)
    assert.are.same({ s = { file = "/srv/app/s.txt" } }, model.secrets)
  end)

  it("have octal permissions by way of anchors, too", function()
    local model = text.load("x-mounts: &mounts\n  secrets:\n    - source: s\n      mode: &mode 0400\n" ..
      text.around("<<: *mounts\nconfigs: [{ source: c, mode: *mode }]", "secrets: { s: { file: s } }\nconfigs: { c: { file: c } }\n"))
    assert.are.same({ { source = "s", mode = 256 } }, model.services.web.secrets)
    assert.are.same({ { source = "c", mode = 256 } }, model.services.web.configs)
  end)
end)

describe("networks and volumes", function()
  it("have drivers, addresses and labels", function()
    local model = text.load(text.around("", [[
networks:
  a: { driver: overlay, driver_opts: { encrypted: "", mtu: 1400 },
    internal: true, ipam: { driver: default, config: [{ subnet: 10.9.0.0/24 }] } }
  b: { external: true }
  c: { external: { name: elsewhere } }
  d: { name: "with blanks", labels: [x=y] }
  e:
volumes:
  v: { driver: nfs, driver_opts: { o: addr=1.2.3.4 } }
  w: { external: true, name: real }
]]))
    assert.are.same({
      a = { driver = "overlay", driver_opts = { encrypted = "", mtu = "1400" }, internal = true,
            ipam = { driver = "default", config = { { subnet = "10.9.0.0/24" } } } },
      b = { external = true, name = "b" }, c = { external = true, name = "elsewhere" }, d = { name = "with blanks", labels =
        { x = "y" } }, e = {},
    }, model.networks)
    assert.are.same({ v = { driver = "nfs", driver_opts = { o = "addr=1.2.3.4" } }, w = { external = true, name = "real" } }, model.volumes)
  end)
end)

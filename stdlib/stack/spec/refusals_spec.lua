-- SPDX-License-Identifier: Apache-2.0
local text = require "text"

-- What is written in a service from line 4 on, and the problem that is told; the docker CLI takes the ones of LENIENT.
local REFUSED = {
  ["ttty: true"] = "4: unknown key 'ttty', did you mean 'tty'?",
  ["tty: 'true'"] = "4: 'tty' must be true or false, got 'true'",
  ["restart: no\ntty: on"] = "5: 'tty' must be true or false, got 'on'",
  ["hostname: 7"] = "4: 'hostname' must be text (put it in quotes), got 7",
  ["hostname:"] = "4: 'hostname' must be text, got nothing",
  ["labels: [1]"] = "4: 'labels[1]' must be text (put it in quotes), got 1",
  ["labels: { a: true }"] = "4: 'a' must be text or a number (put it in quotes), got true",
  ["labels: x"] = "4: 'labels' must be a map, or a list of NAME=TEXT, got 'x'",
  ["environment:\n  A: [x]"] = "5: 'A' must be text or a number, got a list",
  ["environment: [A=1, A=1]"] = "4: 'environment[2]': 'A=1' is listed twice",
  ["cap_add: [A, B, A]"] = "4: 'cap_add[3]': 'A' is listed twice",
  ["cap_add: A"] = "4: 'cap_add' must be a list, got 'A'",
  ["command: sh -c 'x"] = "4: 'command': a quote (') is not closed",
  ["command: sh -c \"x"] = "4: 'command': a quote (\") is not closed",
  ["command: sh \\"] = "4: 'command': a backslash at the end stands before nothing",
  ["command: { a: b }"] = "4: 'command' must be a list, got a map",
  ["ports:\n  - '80:http'"] = "5: 'ports[1]': the port inside must be a number from 1 to 65535, got '80:http'",
  ["ports:\n  - x:80"] = "5: 'ports[1]': the published port must be a number up to 65535, got 'x:80'",
  ["ports: ['80-82:80-81']"] = "4: 'ports[1]': the ranges are of different lengths, got '80-82:80-81'",
  ["ports: ['80/icmp']"] = "4: 'ports[1]': there is no protocol 'icmp', got '80/icmp'",
  ["ports: ['70000']"] = "4: 'ports[1]': the port inside must be a number from 1 to 65535, got '70000'",
  ["ports: ['1.2.3:80:80']"] = "4: 'ports[1]': '1.2.3' is no address, got '1.2.3:80:80'",
  ["ports: [{ target: 80 }, { target: 80 }]"] = "4: 'ports[2]': a map is listed twice",
  ["environment: { '': x }"] = "4: 'environment': there is a text without a name",
  ["environment: { A: .inf }"] = "4: 'A' must be text or a number, got inf",
  ["deploy: { update_config: { order: '' } }"] = "4: 'order' must be one of 'start-first', 'stop-first', got ''",
  ["oom_score_adj: 1.5"] = "4: 'oom_score_adj' must be a whole number, got 1.5",
  ["shm_size: 64"] = "4: 'shm_size' must be a size in text such as '512m' or '1.5gb', got 64",
  ["ports: [{ target: '80' }]"] = "4: 'target' must be a whole number, got '80'",
  ["ports: [{ target: 80, host_ip: 1.2.3.4 }]"] = "4: unknown key 'host_ip'",
  ["ports: [true]"] = "4: 'ports[1]' must be a port such as '8080:80', got true",
  ["volumes: ['db:/b:c:d']"] = "4: 'volumes[1]': there are too many colons in 'db:/b:c:d'",
  ["volumes: ['db::ro']"] = "4: 'volumes[1]': there is nothing between the colons of 'db::ro'",
  ["volumes: ['data:/x']"] = "4: there is no volume 'data'",
  ["volumes: [{ target: /x }]"] = "4: 'type' is missing in 'volumes[1]'",
  ["volumes: [{ type: bind, target: /x }]"] = "4: 'volumes[1]': a mount of the type 'bind' needs a 'source'",
  ["volumes: [{ type: tmpfs, source: x, target: /x }]"] = "4: 'volumes[1]': a tmpfs has no 'source'",
  ["volumes: [{ type: bin, target: /x }]"] =
    "4: 'type' must be one of 'volume', 'bind', 'tmpfs', 'npipe', 'cluster', 'image', got 'bin', did you mean 'bind'?",
  ["volumes: [{ type: bind, source: /x, target: /x, volume: { nocopy: true } }]"] =
    "4: 'volumes[1]': 'volume' is not for mounts of the type 'bind'",
  ["volumes: [{ type: tmpfs, target: /x, tmpfs: { size: 1g } }]"] = "4: 'size' must be a whole number, got '1g'",
  ["networks: [back]"] = "4: there is no network 'back'",
  ["networks:\n  default:\n  back: { aliases: [x] }"] = "6: there is no network 'back'",
  ["networks: { default: { aliases: x } }"] = "4: 'aliases' must be a list, got 'x'",
  ["secrets:\n  - token"] = "5: there is no secret 'token'",
  ["configs: [{ target: /x }]"] = "4: 'source' is missing in 'configs[1]'",
  ["configs: [{ source: x, mode: rw }]"] = "4: 'mode' must be a whole number, got 'rw'\nstack.yml:4: there is no config 'x'",
  ["stop_grace_period: 10"] = "4: 'stop_grace_period' must be a duration such as '1m30s' or '500ms', got 10",
  ["stop_grace_period: 1d"] = "4: 'stop_grace_period' must be a duration such as '1m30s' or '500ms', got '1d'",
  ["healthcheck: { interval: '10' }"] = "4: 'interval' must be a duration such as '1m30s' or '500ms', got '10'",
  ["healthcheck: { test: x, disable: true }"] = "4: 'healthcheck' has a 'test' and is disabled",
  ["healthcheck: { retries: -1 }"] = "4: 'retries' must be 0 or more, got -1",
  ["deploy: { mode: globl }"] =
    "4: 'mode' must be one of 'replicated', 'global', 'replicated-job', 'global-job', got 'globl', did you mean 'global'?",
  ["deploy:\n  mode: global\n  replicas: 2"] = "6: 'replicas' is not for the mode 'global'",
  ["deploy: { replicas: two }"] = "4: 'replicas' must be a whole number, got 'two'",
  ["deploy: { update_config: { order: last } }"] = "4: 'order' must be one of 'start-first', 'stop-first', got 'last'",
  ["deploy: { resources: { limits: { cpus: 0.5 } } }"] = "4: 'cpus' must be text such as '0.5', got 0.5",
  ["deploy: { resources: { limits: { cpus: '0.0000000001' } } }"] =
    "4: 'cpus' is too precise: billionths are the least, got '0.0000000001'",
  ["deploy: { resources: { limits: { cpus: '999999999999999999' } } }"] = "4: 'cpus' is too large, got '999999999999999999'",
  ["deploy: { resources: { limits: { cpus: half } } }"] = "4: 'cpus' must be a number such as \"0.5\", got 'half'",
  ["deploy: { resources: { limits: { memory: 512 } } }"] = "4: 'memory' must be a size in text such as '512m' or '1.5gb', got 512",
  ["deploy: { resources: { limits: { memory: 1xb } } }"] = "4: 'memory' must be a size in text such as '512m' or '1.5gb', got '1xb'",
  ["ulimits: { nofile: { soft: 1 } }"] = "4: 'hard' is missing in 'nofile'",
  ["credential_spec: { file: a, registry: b }"] = "4: 'credential_spec' takes only one of 'file' and 'registry'",
  ["credential_spec: { config: c }"] = "4: there is no config 'c'",
  ["depends_on: { db: { condition: service_healthy } }"] = "4: 'depends_on' must be a list, got a map",
  ["restart: sometimes"] = "4: 'restart' must be 'no', 'always', 'unless-stopped' or 'on-failure[:N]', got 'sometimes'",
  ["restart: false"] = "4: 'restart' must be text (put 'no' in quotes), got false",
  ["extends: { file: x }"] = "4: 'extends' is not supported: write the service out, or use anchors and merge keys",
  ["mem_limit: 1g\ncpuset: '0'"] =
    "4: 'mem_limit' is not supported: set limits under deploy.resources\n" ..
    "stack.yml:5: 'cpuset' is not supported: set limits under deploy.resources",
  ["volumes_from: [x]"] =
    "4: 'volumes_from' is not supported: declare a volume under the top-level 'volumes', and name it in each service that shares it",
  ["profiles: [x]"] = "4: unknown key 'profiles'",
}

local LENIENT = {
  ["volumes: ['/a:/b', '/c:/b']"] = "4: two mounts have the target '/b'",
  ["ports: [{ target: 70000 }]"] = "4: 'target' must be a port: a number up to 65535, got 70000",
  ["ports: [{ published: 80 }]"] = "4: 'target' is missing in 'ports[1]'",
  ["deploy: { endpoint_mode: virtual }"] = "4: 'endpoint_mode' must be one of 'vip', 'dnsrr', got 'virtual'",
  ["labels: { built: 2024-1-2T3:04:05Z }"] =
    "4: '2024-1-2T3:04:05Z' is a time, and becomes '2024-01-02 03:04:05 +0000 UTC'; put it in quotes",
  ["volumes: ['x:/y']"] = "4: 'volumes[1]': 'x' before a colon is read as a drive of Windows; give the volume a longer name",
  ["volumes: ['/x:/y:ro,z']"] = "4: 'volumes[1]': the option 'z' is not known, and ignored",
  ["volumes: ['/x:y']"] = "4: 'volumes[1]': the path inside must begin with '/', got 'y'",
  ["ports: ['80:1', '80:2']"] = "4: the port 80/tcp is published twice",
  ["ports:\n  - 80:1\n  - { target: 2, published: 80, mode: host }"] = "4: the port 80/tcp is published twice",
  ["ports: ['80:8000']\ndeploy: { endpoint_mode: DNSRR }"] = "4: with 'endpoint_mode: dnsrr' the port 8000 needs 'mode: host'",
  ["deploy: { resources: { limits: { memory: 4000k } } }"] = "4: 'memory' must be 4m or more",
  ["deploy: { resources: { reservations: { memory: 1b, cpus: '0.0009' } } }"] =
    "4: 'memory' must be 4m or more\nstack.yml:4: 'cpus' must be 0.001 or more",
  ["healthcheck: { test: x, interval: 900us }"] = "4: 'interval' must be 1ms or more, or 0s",
  ["healthcheck:\n  test: x\n  start_period: -1s"] = "6: 'start_period' must be 1ms or more, or 0s",
  ["deploy: { restart_policy: { delay: -1s } }"] = "4: 'delay' must not be negative",
  ["deploy: { update_config: { delay: -1s, max_failure_ratio: 1.5 } }"] =
    "4: 'delay' must not be negative\nstack.yml:4: 'max_failure_ratio' must be from 0 to 1",
  ["deploy: { mode: replicated-job, update_config: { parallelism: 1 } }"] = "4: 'update_config' is not for the mode 'replicated-job'",
  ["depends_on: [db]"] = "4: there is no service 'db'",
  ["healthcheck: { test: [curl, x] }"] = "4: 'test' must begin with 'CMD', 'CMD-SHELL' or 'NONE', got 'curl'",
  ["deploy: { update_config: { failure_action: stop } }"] =
    "4: 'failure_action' must be one of 'continue', 'pause', 'rollback', got 'stop'",
  ["deploy: { placement: { constraints: [node.role=manager] } }"] =
    "4: 'constraints[1]' must compare, as node.role == manager does, got 'node.role=manager'",
  ["extra_hosts: [somehost]"] = "4: 'extra_hosts[1]' must be HOST:ADDRESS, got 'somehost'",
  ["labels: { built: 2024-01-02 }"] = "4: '2024-01-02' is a time, and becomes '2024-01-02 00:00:00 +0000 UTC'; put it in quotes",
  ["hostname: web-$NODE"] = "4: the variable 'NODE' is not set; give it a value, or a default: ${NODE:-...}",
}

describe("a service is refused with", function()
  for keys, problem in pairs(REFUSED) do
    it((keys:gsub("\n", " | ")), function() assert.are.equal("stack.yml:" .. problem, text.problem(keys)) end)
  end
end)

describe("a service is refused, unless the loader is lenient, with", function()
  for keys, problem in pairs(LENIENT) do
    it(keys, function()
      assert.are.equal("stack.yml:" .. problem, text.problem(keys))
      assert.contains("stack.yml:" .. problem, table.concat(text.load(text.around(keys), { lenient = true }).warnings, "\n"))
    end)
  end
end)

describe("the name of an image", function()
  for _, name in ipairs { "nginx", "nginx:1.2", "localhost:5000/a/b:latest", "ghcr.io/a/b@sha256:" .. ("a"):rep(64), "Host.example/a",
    "a/b_c-d" } do
    it("may be " .. name, function() assert.are.equal(name, text.load("services: { a: { image: '" .. name .. "' } }").services.a.image) end)
  end
  for _, name in ipairs { "Nginx", "/a", "a//b", "a:b:c", "a b", "a@sha256:12", "a:", "-a", "a..b", "a_.b", "a___b" } do
    it("may not be " .. name, function()
      assert.are.equal(("stack.yml:1: 'image' must be the name of an image, got '%s'"):format(name),
        text.refusal("services: { a: { image: '" .. name .. "' } }"))
    end)
  end
end)

describe("a file is refused", function()
  for what, case in pairs {
    ["that is empty"] = { "", "1: a stack file must be a map with 'services'" },
    ["that is a list"] = { "- a", "1: a stack file must be a map with 'services'" },
    ["that is no YAML"] = { "services:\n  a: [\n", "3: did not find expected node content" },
    ["with tabs before keys"] = { "services:\n\ta:\n", "2: found character that cannot start any token" },
    ["with a key twice"] = { "services:\n  a: { image: x }\n  a: { image: x }\n", "3: duplicate key 'a', first on line 2" },
    ["with two documents"] = { "services: {}\n---\nservices: {}\n", "1: the file has 2 documents, of which only the first one counts" },
    ["of a section without entries"] = { "services:\n", "1: 'services' must be a map, got nothing" },
    ["with a service that is nothing"] = { "services:\n  web:\n", "2: 'web' must be a map, got nothing" },
    ["with names that are none"] = { "services:\n  a b: { image: x }\n", "2: 'a b' is no name: letters, digits, '.', '_' and '-' are" },
    ["of version 2"] = { "version: '2.4'\nservices: {}", "1: 'version' must be '3.0' to '3.13', or be left out, got '2.4'" },
    ["with a list as version"] = { "version: [3]", "1: 'version' must be '3.0' to '3.13', or be left out, got a list" },
    ["of version 3.00"] = { "version: '3.00'", "1: 'version' must be '3.0' to '3.13', or be left out, got '3.00'" },
    ["of version 3.14"] = { "version: '3.14'\nservices: {}", "1: 'version' must be '3.0' to '3.13', or be left out, got '3.14'" },
    ["with a number as version"] = { "version: 3.8\nservices: {}",
      "1: 'version' must be '3.0' to '3.13', or be left out, got 3.8 (put it in quotes)" },
    ["of a project"] = { "name: x\nservices: {}", "1: unknown key 'name'" },
    ["with a secret of nothing"] = { "secrets:\n  a: {}\n", "2: the secret 'a' has no 'file', and is not external" },
    ["with a secret that is null"] = { "secrets:\n  a:\n", "2: 'a' must be a map, got nothing" },
    ["with a secret of two origins"] = { "secrets: { a: { file: x, driver: y } }", "1: the secret 'a' has a 'driver' and a 'file'" },
    ["with a secret from the environment"] = { "secrets:\n  a:\n    file: x\n    environment: X\n", "4: unknown key 'environment'" },
    ["with a config in place"] = { "configs: { a: { file: x, content: y } }", "1: unknown key 'content'" },
    ["with two names"] = { "networks: { a: { name: x, external: { name: y } } }",
      "1: the network 'a' has a name twice; leave out the one under 'external'" },
    ["with a driver of what is external"] = { "volumes: { a: { external: true, driver: x } }",
      "1: the volume 'a' is external, so its 'driver' is not made here" },
    ["with a network that is none"] = { "networks: { a: { ipam: { config: [{ subnet: 10.0.0.0 }] } } }",
      "1: 'subnet' must be a network such as 10.1.0.0/16, got '10.0.0.0'" },
    ["with two services on one port"] = { "services:\n  a: { image: x, ports: ['80:80'] }\n  b:\n    image: x\n    ports: ['80:81']\n",
      "5: the port 80/tcp is published by the service 'a', too" },
    ["with two secrets in one place"] =
      { "services:\n  a:\n    image: x\n    secrets:\n      - s\n      - { source: t, target: s }\n" ..
        "secrets: { s: { file: s }, t: { file: t } }\n", "6: two secrets have the target 's'" },
    ["with permissions as decimal numbers"] =
      { "services:\n  a:\n    image: x\n    secrets: [{ source: s, mode: 444 }]\nsecrets: { s: { file: s } }\n" ..
        "", "4: 'mode': 444 is a decimal number; permissions are written with a zero before them: 0444" },
    ["with a service to be built"] = { "services:\n  a: { build: . }\n", "2: the service 'a' has no image; a stack does not build one" },
  } do
    it(what, function() assert.are.equal("stack.yml:" .. case[2], text.refusal(case[1])) end)
  end
end)

describe("a key", function()
  for what, case in pairs {
    ["init"] = { "3.6", "init: true", 7 }, ["configs"] = { "3.2", "configs: []", 3 }, ["isolation"] = { "3.4", "isolation: x", 5 },
    ["rollback_config"] = { "3.6", "deploy: { rollback_config: {} }", 7 }, ["start_period"] = { "3.3",
      "healthcheck: { start_period: 1s }", 4 },
    ["endpoint_mode"] = { "3.1", "deploy: { endpoint_mode: vip }", 2 }, ["oom_score_adj"] = { "3.12", "oom_score_adj: 1", 13 },
    ["max_replicas_per_node"] = { "3.7", "deploy: { placement: { max_replicas_per_node: 1 } }", 8 },
    ["start_interval"] = { "3.11", "healthcheck: { start_interval: 1s }", 12 },
    ["pids"] = { "3.8", "deploy: { resources: { limits: { pids: 1 } } }", 9 },
  } do
    it(what .. " is refused before version 3." .. case[3], function()
      local file = text.around(case[2], ("version: '%s'\n"):format(case[1]))
      assert.are.equal(("stack.yml:4: '%s' came with version 3.%d, and the file is of version %s"):format(what, case[3], case[1]),
        text.refusal(file))
      assert.are.equal("3." .. case[3], text.load((file:gsub("'" .. case[1] .. "'", "'3." .. case[3] .. "'"))).version)
    end)
  end

  it("of a network for one node is refused where a service is in it, unless the loader is lenient", function()
    local file = "services: { a: { image: i, networks: [n] }, b: { image: i } }\nnetworks:\n  default: { driver: macvlan }\n" ..
      "  n: { driver: bridge }\n  unused: { driver: bridge }"
    local problems = "stack.yml:3: services cannot be in the network 'default': its driver 'macvlan' is for one node\n" ..
      "stack.yml:4: services cannot be in the network 'n': its driver 'bridge' is for one node"
    assert.are.equal(problems, text.refusal(file))
    assert.are.equal(problems, table.concat(text.load(file, { lenient = true }).warnings, "\n"))
  end)

  it("of a port or a mount in its long form needs version 3.2", function()
    local file = text.around("ports: [{ target: 80 }]\nvolumes: [{ type: volume, target: /x }]", "version: '3.1'\n")
    assert.are.equal("stack.yml:4: 'ports[1]': the long form came with version 3.2\n" ..
      "stack.yml:5: 'volumes[1]': the long form came with version 3.2",
      text.refusal(file))
  end)

  it("of one's own needs version 3.4 at the top and 3.7 in a service", function()
    assert.are.equal("stack.yml:1: unknown key 'x-a'", text.refusal("x-a: 1\nversion: '3.3'\nservices: {}\n"))
    assert.are.equal("stack.yml:4: unknown key 'x-a'", text.refusal(text.around("x-a: 1", "version: '3.6'\nx-b: 1\n")))
    assert.are.same({}, text.load("x-a: 1\nversion: '3.4'\nservices: {}\n").services)
  end)
end)

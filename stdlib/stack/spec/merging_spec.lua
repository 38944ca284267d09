-- SPDX-License-Identifier: Apache-2.0
local text = require "text"

-- The service of two files with these keys; warnings beside it.
local function merged(first, second, options)
  local model = text.merged(text.around(first), "services:\n  web:\n    hostname: h\n" .. second:gsub("[^\n]+", "    %0"), options)
  local web = model.services.web
  assert.are.equal("nginx", web.image)
  assert.are.equal("h", web.hostname)
  web.image, web.hostname = nil, nil
  return web, model.warnings
end

describe("of two files", function()
  for what, case in pairs {
    ["a later text wins"] = { "user: a", "user: b", { user = "b" } },
    ["what one has stays"] = { "user: a", "tty: true", { user = "a", tty = true } },
    ["lists are joined, whatever is in both"] = { "dns: [a, b]", "dns: [b, c]", { dns = { "a", "b", "b", "c" } } },
    ["constraints are joined"] = { "deploy: { placement: { constraints: [a == b] } }", "deploy: { placement: { constraints: [c == d] } }",
      { deploy = { placement = { constraints = { "a == b", "c == d" } } } } },
    ["maps are merged by key"] = { "labels: { a: 1, b: 2 }", "labels: [b=3, c=4, a]", { labels = { a = "", b = "3", c = "4" } } },
    ["an environment keeps values that a later file leaves empty"] = { "environment: { A: 1, B: '', C: 3 }",
      "environment: { A: '', B: 2, C: }",
      { environment = { A = "1", B = "2", C = "3" } } },
    ["a later command replaces"] = { "command: a b", "command: [c]", { command = { "c" } } },
    ["an empty command does not"] = { "command: a b", "command: []", { command = { "a", "b" } } },
    ["ports go by what they publish, sorted"] = { "ports: ['90:1', '80:1']", "ports: ['80:2']", { ports = {
      { target = 2, published = 80, protocol = "tcp", mode = "ingress" }, { target = 1, published = 90, protocol = "tcp",
        mode = "ingress" } } } },
    ["volumes go by their target, sorted"] = { "volumes: ['/a:/z', '/b:/y']", "volumes: ['/c:/z:ro']", { volumes = {
      { type = "bind", source = "/b", target = "/y" }, { type = "bind", source = "/c", target = "/z", read_only = true } } } },
    ["volumes are sorted even where the later one has none"] = { "volumes: ['/a:/z', '/b:/y']", "", { volumes = {
      { type = "bind", source = "/b", target = "/y" }, { type = "bind", source = "/a", target = "/z" } } } },
    ["numbers of replicas win, also 0"] = { "deploy: { replicas: 2 }", "deploy: { replicas: 0 }", { deploy = { replicas = 0 } } },
    ["limits of users are replaced by name"] = { "ulimits: { a: 1, b: 2 }", "ulimits: { b: { soft: 3, hard: 4 } }",
      { ulimits = { a = { soft = 1, hard = 1 }, b = { soft = 3, hard = 4 } } } },
    ["options of the same log driver are merged"] = { "logging: { driver: a, options: { x: 1, y: 1 } }", "logging: { options: { y: 2 } }",
      { logging = { driver = "a", options = { x = "1", y = "2" } } } },
    ["another log driver replaces"] = { "logging: { driver: a, options: { x: 1 } }", "logging: { driver: b }", { logging =
      { driver = "b" } } },
    ["aliases are replaced"] = { "networks: { default: { aliases: [a] } }", "networks: { default: { aliases: [b] } }",
      { networks = { default = { aliases = { "b" } } } } },
    ["networks without aliases leave them"] = { "networks: { default: { aliases: [a] } }", "networks: [default]",
      { networks = { default = { aliases = { "a" } } } } },
    ["a health check is merged by key"] = { "healthcheck: { test: x, retries: 3 }", "healthcheck: { interval: 1s, retries: 0 }",
      { healthcheck = { test = { "CMD-SHELL", "x" }, retries = 0, interval = 1000000000 } } },
  } do
    it(what, function() assert.are.same(case[3], (merged(case[1], case[2]))) end)
  end

  it("a later zero does not win, which is said", function()
    local web, warnings = merged("tty: true\ninit: true\nstop_grace_period: 5s\nuser: a",
      "tty: false\ninit: false\nstop_grace_period: 0s\nuser: ''")
    assert.are.same({ tty = true, init = true, stop_grace_period = 5000000000, user = "a" }, web)
    assert.are.same({
      "b.yml:4: 'tty': the earlier value stays: a later false does not override",
      "b.yml:5: 'init': the earlier value stays: a later false does not override",
      "b.yml:6: 'stop_grace_period': the earlier value stays: a later 0 does not override",
      "b.yml:7: 'user': the earlier value stays: a later empty text does not override",
    }, warnings)
  end)

  it("services and sections of both are there, and whole entries of the later one", function()
    local model = text.merged("services: { a: { image: x, networks: [n] } }\nnetworks: { n: { driver: a, attachable: true }, m: }",
      "services: { b: { image: y } }\nnetworks: { n: { driver: b } }\nvolumes: { v: }")
    assert.are.same({ a = { image = "x", networks = { n = {} } }, b = { image = "y" } }, model.services)
    assert.are.same({ n = { driver = "b" }, m = {} }, model.networks)
    assert.are.same({ v = {} }, model.volumes)
  end)

  it("problems are told with the file of each, the first one first", function()
    assert.are.equal("a.yml:4: 'tty' must be true or false, got 1\nb.yml:1: unknown key 'servces', did you mean 'services'?\n" ..
      "b.yml:2: there is no network 'n'", text.refusal_of_both(text.around("tty: 1\n"),
        "servces: {}\nservices: { web: { networks: [n] } }\n"))
  end)

  it("the versions must be the same", function()
    assert.are.equal("b.yml:1: this file is of version 3.8, and a.yml of version 3.7",
      text.refusal_of_both("version: '3.7'\nservices: {}", "version: '3.8'\nservices: {}"))
  end)

  it("options of logging must not come to a log driver without", function()
    local first, second = text.around("logging: { driver: a }"), "services:\n  web:\n    logging: { options: { x: 1 } }\n"
    assert.are.equal("b.yml:3: 'options' are lost in merging: the earlier file has a 'logging' without options",
      text.refusal_of_both(first, second))
    assert.are.same({ driver = "a" }, text.merged(first, second, { lenient = true }).services.web.logging)
  end)

  it("tests of health must not be in both, nor entries that would be lost", function()
    local first = text.around("healthcheck: { test: x }\nports: ['53:53', '53:53/udp']")
    local second = "services:\n  web:\n    healthcheck: { test: y }\n"
    assert.are.equal("a.yml:5: 'ports': two entries have the published '53', of which merging files keeps one\n" ..
      "b.yml:3: 'test' is in an earlier file, too, and the docker CLI joins both to one command", text.refusal_of_both(first, second))
    local web = text.merged(first, second, { lenient = true }).services.web
    assert.are.same({ "CMD-SHELL", "x", "CMD-SHELL", "y" }, web.healthcheck.test)
    assert.are.equal(1, #web.ports)
  end)
end)

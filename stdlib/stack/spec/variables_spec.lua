-- SPDX-License-Identifier: Apache-2.0
local text = require "text"

local VARIABLES = { A = "one", EMPTY = "", N = "3", YES = "yes", HALF = "0.5", _x1 = "odd", HOME = "/home/me" }

local function hostname(written) return text.service("hostname: '" .. written .. "'", { variables = VARIABLES }).hostname end

describe("in a value", function()
  for written, value in pairs {
    ["$A"] = "one", ["${A}"] = "one", ["x$A-y"] = "xone-y", ["$_x1.$A"] = "odd.one", ["${EMPTY}"] = "", ["a${A}b$A"] = "aonebone",
    ["${A:-d}"] = "one", ["${EMPTY:-d}"] = "d", ["${EMPTY-d}"] = "", ["${NO:-d}"] = "d", ["${NO-d}"] = "d", ["${NO:-}"] = "",
    ["${NO-}"] = "",
    ["${A:?e}"] = "one", ["${EMPTY?e}"] = "", ["${A:?must-be-set}"] = "one", ["${NO:-a:-b}"] = "a:-b", ["${NO:-x?y}"] = "x?y",
    ["${NO:-${A}}"] = "one", ["${NO:-${NO2:-$A}x}"] = "onex", ["${A:-$NO}"] = "one", ["${NO-a$$b}"] = "a$b", ["$A:-x"] = "one:-x",
    ["$$"] = "$", ["$$A"] = "$A", ["$$$A"] = "$one", ["^/(sys|proc)($$|/)"] = "^/(sys|proc)($|/)", ["no variable"] = "no variable",
  } do
    it(written .. " is '" .. value .. "'", function() assert.are.equal(value, hostname(written)) end)
  end

  for _, written in ipairs { "$", "$1", "a $ b", "${", "${}", "${1}", "${A B}", "${A", "${A+x}", "${A:x}", "${NO:-${}}", "$-x" } do
    it(written .. " is no variable", function()
      assert.are.equal(("stack.yml:4: '%s' holds a '$' that begins no variable; write '$$' for the character"):format(written),
        text.problem("hostname: '" .. written .. "'", { variables = VARIABLES }))
    end)
  end

  for written, why in pairs {
    ["${NO:?say who}"] = "the variable 'NO' is not set: say who", ["${NO?}"] = "the variable 'NO' is not set",
    ["${EMPTY:?say $A}"] = "the variable 'EMPTY' is empty: say one", ["${NO:?must-be-set}"] = "the variable 'NO' is not set: must-be-set",
  } do
    it(written .. " is refused", function()
      assert.are.equal("stack.yml:4: " .. why, text.problem("hostname: '" .. written .. "'", { variables = VARIABLES }))
      assert.are.equal("stack.yml:4: " .. why, text.problem("hostname: '" .. written .. "'", { variables = VARIABLES, lenient = true }))
    end)
  end
end)

describe("variables without a value", function()
  local FILE = [[
services:
  web:
    image: $REGISTRY/web:$TAG
    networks: ["$NET"]
    volumes:
      - ${DATA}:/data
    deploy: { replicas: "$COUNT" }
    labels:
      rule: Host(`api.${DOMAIN}`)
x-note: $NOTE
]]
  local function unset(line, name)
    return ("stack.yml:%d: the variable '%s' is not set; give it a value, or a default: ${%s:-...}"):format(line, name, name)
  end

  it("are told all at once, and nothing else of what holds them", function()
    assert.are.equal(table.concat({ unset(3, "REGISTRY"), unset(3, "TAG"), unset(4, "NET"), unset(6, "DATA"), unset(7, "COUNT"), unset(9,
      "DOMAIN"),
      unset(10, "NOTE") }, "\n"), text.refusal(FILE))
  end)

  it("are told beside other problems", function()
    assert.are.equal(unset(4, "X") .. "\nstack.yml:5: 'tty' must be true or false, got 1", text.problem("hostname: $X\ntty: 1"))
  end)

  it("are empty texts for a lenient loader, which warns", function()
    local model = text.load("services: { a: { image: x, hostname: 'h$X' } }", { lenient = true })
    assert.are.equal("h", model.services.a.hostname)
    assert.are.same({ unset(1, "X") }, model.warnings)
  end)
end)

describe("variables", function()
  local function service(keys) return text.service(keys, { variables = VARIABLES }) end

  it("stand in values and not in keys", function()
    assert.are.same({ labels = { ["$A"] = "one" } }, service "labels: { $A: $A }")
  end)

  it("become numbers and booleans where such are wanted", function()
    assert.are.same({ tty = true, deploy = { replicas = 3, update_config = { max_failure_ratio = 0.5 } }, ulimits = { core =
      { soft = 3, hard = 3 } },
                      ports = { { target = 3 } } },
      service("tty: $YES\ndeploy: { replicas: $N, update_config: { max_failure_ratio: $HALF } }\nulimits: { core: $N }\n" ..
        "ports: [{ target: '${N}' }]"))
  end)

  for keys, why in pairs {
    ["init: $YES"] = "'init' must be true or false, got 'yes'",
    ["deploy: { replicas: $A }"] = "'replicas' must be a whole number, got 'one'",
    ["tty: $A"] = "'tty' must be true or false, got 'one'",
    ["deploy: { resources: { limits: { pids: $N } } }"] = "'pids' must be a whole number, got '3'",
    ["tty: 'yes'"] = "'tty' must be true or false, got 'yes'",
  } do
    it("do not for " .. keys, function() assert.are.equal("stack.yml:4: " .. why, text.problem(keys, { variables = VARIABLES })) end)
  end

  it("stand in commands before these are split", function()
    assert.are.same({ command = { "echo", "one", "$HOME" } }, service "command: echo $A '$$HOME'")
  end)

  it("give external their word, and files of secrets their name", function()
    local model = text.load("networks: { a: { external: $YES } }\nsecrets: { s: { file: '$A.txt', name: 'conf-$N' } }",
      { variables = VARIABLES })
    assert.are.same({ a = { external = true, name = "a" } }, model.networks)
    assert.are.same({ s = { file = "/srv/app/one.txt", name = "conf-3" } }, model.secrets)
  end)

  it("have no home where HOME is not given", function()
    assert.are.equal("stack.yml:4: '~' stands for the variable HOME, which is not set", text.problem "volumes: ['~/x:/x']")
  end)
end)

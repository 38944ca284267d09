-- SPDX-License-Identifier: Apache-2.0
local inventory = require "inventory"

local SITE = {
  vars = { port = 80, tier = "any" },
  hosts = {
    web1 = { address = "deploy@10.0.0.1:2222" }, web2 = { vars = { port = 8080 } }, web10 = {}, db1 = { ssh = { port = 2200 } },
  },
  groups = {
    web = { hosts = { "web1", "web2", "web10" }, vars = { tier = "web" } },
    db = { hosts = { "db1" }, ssh = { user = "postgres", port = 22 } },
    site = { children = { "web", "db" }, vars = { tier = "site", region = "eu" } },
  },
}

local function names(hosts)
  local list = {}
  for index, host in ipairs(hosts) do list[index] = host.name end
  return table.concat(list, " ")
end

-- The message with which a text is refused as the file hosts.yaml.
local function refusal(text)
  simulate { machine = { files = { ["/srv/hosts.yaml"] = text } } }
  return assert.has_error(function() inventory.load("/srv/hosts.yaml") end, "inventory.invalid").message
end

describe("an inventory", function()
  local site
  before_each(function() site = inventory.load(SITE) end)

  it("gives the hosts of a table by name, numbers by their value", function()
    assert.are.equal("db1 web1 web2 web10", names(site:list()))
  end)

  it("takes a host's variable before its group's, an inner group's before an outer one's, and that before all's", function()
    assert.are.same({ port = 8080, tier = "web", region = "eu" }, site:get("web2").vars)
    assert.are.same({ port = 80, tier = "site", region = "eu" }, site:get("db1").vars)
  end)

  it("finds options of the connection in the same way", function()
    assert.are.same({ user = "postgres", port = 2200 }, site:get("db1").ssh)
  end)

  it("has the name as address where none is given", function()
    assert.are.equal("deploy@10.0.0.1:2222", site:get("web1").address)
    assert.are.equal("web2", site:get("web2").address)
  end)

  it("takes numbers of any length in names, and tells apart those that are worth the same", function()
    local digits = ("9"):rep(40)
    local one = inventory.load { hosts = { ["web" .. digits .. "1"] = {}, ["web" .. digits] = {}, web01 = {}, web1 = {}, web001 = {} } }
    assert.are.equal("web001 web01 web1 web" .. digits .. " web" .. digits .. "1", names(one:list()))
  end)

  it("says where in a table something is that is no name", function()
    for _, given in ipairs { { hosts = { "a", { name = "x" } } }, { hosts = { "a" }, groups = { "g", { name = "x" } } } } do
      local err = assert.has_error(function() inventory.load(given) end, "inventory.invalid")
      assert.matches("^the inventory: %w+%[2%]: the name of a %w+ must be text, got table$", err.message)
    end
    local err = assert.has_error(function() inventory.load { hosts = { [true] = {} } } end, "inventory.invalid")
    assert.contains("the inventory: hosts.true: the name of a host must be text", err.message)
  end)

  it("takes passwords as secrets and not as text", function()
    local function load() return inventory.load { hosts = { a = { ssh = { password = "hunter2" } } } } end
    local err = assert.has_error(load, "inventory.invalid")
    assert.contains("hosts.a.ssh.password: 'password' must not be plain text", err.message)
    assert.is_nil(err.message:find "hunter2")
  end)

  it("gives variables of their own to each host", function()
    local one = inventory.load { vars = { tags = {} }, hosts = { "a", "b" } }
    one:get("a").vars.tags.x = true
    assert.is_nil(one:get("b").vars.tags.x)
  end)

  it("comes from a function", function()
    assert.are.equal("a b", names(inventory.load(function() return { hosts = { "a", "b" } } end):list()))
  end)

  it("has this computer as a machine", function()
    simulate { machine = { files = { ["/etc/motd"] = "hello" } } }
    local host = inventory.load({ hosts = { me = { here = true } } }):get("me")
    assert.are.equal("hello", host:machine():read("/etc/motd"))
  end)

  it("names the nearest host to one that is not there", function()
    local err = assert.has_error(function() site:get("wbe1") end, "inventory.unknown")
    assert.matches("did you mean 'web1'", err.message)
  end)
end)

describe("a pattern", function()
  local site
  before_each(function() site = inventory.load(SITE) end)

  for pattern, expected in pairs {
    ["all"] = "db1 web1 web2 web10", ["web"] = "web1 web2 web10", ["web1,db"] = "db1 web1", ["web1:db"] = "db1 web1",
    ["web*"] = "web1 web2 web10", ["web?"] = "web1 web2", ["web[12]"] = "web1 web2", ["web[!1]"] = "web2",
    ["web[1-2]"] = "web1 web2", ["!web[1-2]"] = "db1 web10", ["web[!2-9]"] = "web1", ["[a-d]b1"] = "db1",
    ["[dw][be-]*[1-2-]"] = "db1 web1 web2",
    ["site:!web2"] = "db1 web1 web10", ["!web"] = "db1", ["&web:!web1"] = "web2 web10", ["!web10,site:&web"] = "web1 web2",
    ["s*:!d*"] = "web1 web2 web10",
  } do
    it("'" .. pattern .. "' names " .. expected, function() assert.are.equal(expected, names(site:list(pattern))) end)
  end

  for pattern, code in pairs {
    ["wbe"] = "inventory.unknown", ["x*"] = "inventory.unknown", ["web:!dbb"] = "inventory.unknown", ["web:&db"] = "inventory.empty",
    ["web,,db"] = "inventory.pattern", [""] = "inventory.pattern", ["!"] = "inventory.pattern", ["web[1"] = "inventory.pattern",
    ["web[]"] = "inventory.pattern", ["web[!]"] = "inventory.pattern", ["[1-0]"] = "inventory.pattern",
  } do
    it("'" .. pattern .. "' is refused", function() assert.has_error(function() site:list(pattern) end, code) end)
  end
end)

describe("the file of an inventory", function()
  it("keeps its order", function()
    simulate { machine = { files = { ["/srv/hosts.yaml"] = "hosts:\n  z: {}\n  a:\n  m: {}\n" } } }
    assert.are.equal("z a m", names(inventory.load("/srv/hosts.yaml"):list()))
  end)

  it("may be JSON", function()
    local text = '{"hosts": {"b": {"address": "10.0.0.2"}, "a": {}}, "groups": {"g": {"hosts": ["b"]}}}'
    simulate { machine = { files = { ["/srv/hosts.json"] = text } } }
    assert.are.equal("b a", names(inventory.load("/srv/hosts.json"):list()))
    assert.are.equal("b", names(inventory.load("/srv/hosts.json"):list("g")))
  end)

  it("is refused with all its problems and their lines", function()
    assert.are.equal([[
hosts.yaml:1: unknown key 'hsots', did you mean 'hosts'?
hosts.yaml:3: unknown key 'adress', did you mean 'address'?
hosts.yaml:6: there is no host 'web3', did you mean 'web1'?
hosts.yaml:6: the group 'a' contains itself
hosts.yaml:8: 'web1' is listed twice]], refusal [[
hsots: {}
hosts:
  web1: { adress: x }
  web2: {}
groups:
  a: { hosts: [web1, web3], children: [b] }
  b: { children: [a] }
  c: { hosts: [web1, web1] }
]])
  end)

  it("may not give a host two values of which none is nearer", function()
    assert.matches("hosts.yaml:5: host 'x' gets 'port' from the groups 'a' and 'b'", refusal [[
hosts: [x]
groups:
  a: { hosts: [x], vars: { port: 1 } }
  b:
    vars: { port: 2 }
    hosts: [x]
]])
  end)

  -- Both ways round: the groups' order says nothing.
  for first, second in pairs { a = "c", c = "a" } do
    it("gives a host the value of the innermost group, of 'a' in 'b' and of 'c', '" .. first .. "' first", function()
      local text = ([[
hosts: [x]
groups:
  b: { children: [a], vars: { port: 1 } }
  %s: { hosts: [x], vars: { port: 2 } }
  %s: { hosts: [x], vars: { port: 2 } }
]]):format(first, second)
      simulate { machine = { files = { ["/srv/hosts.yaml"] = text } } }
      assert.are.equal(2, inventory.load("/srv/hosts.yaml"):get("x").vars.port)
      assert.matches("host 'x' gets 'port' from the groups", refusal((text:gsub("port: 2", "port: 3", 1))))
    end)
  end

  it("names the line of what is wrong in a list", function()
    assert.are.equal([[
hosts.yaml:3: the name of a host may have letters, digits, '.', '_' and '-', got 'b c'
hosts.yaml:4: the name of a host must be text, got table
hosts.yaml:7: 'a' is a host and a group]], refusal [[
hosts:
  - a
  - b c
  - { name: x }
groups:
  - g
  - a
]])
  end)

  it("is refused with the lines of all ways that lead nowhere", function()
    assert.are.equal([[
hosts.yaml:2: there is no option 'usr'
hosts.yaml:4: 'x:99999' is no address of a machine
hosts.yaml:5: 'x:' is no address of a machine
hosts.yaml:6: 'port' must be between 1 and 65535, got 0
hosts.yaml:7: 'connect_timeout' must be a duration: seconds, or text such as "10s"
hosts.yaml:8: 'jump': 'x:' is no address of a machine
hosts.yaml:11: 'host_key' must be "strict" or "accept-new", got 'no'
hosts.yaml:12: 'password' must not be plain text: use a key or the agent, or a function that gives the inventory, with rb.secret]],
      refusal [[
ssh:
  usr: x
hosts:
  a: { address: "x:99999" }
  b: { address: "x:" }
  c: { ssh: { port: 0 } }
  d: { ssh: { connect_timeout: soon } }
  e: { ssh: { jump: [y, "x:"] } }
groups:
  g:
    ssh: { host_key: "no" }
  h: { ssh: { password: hunter2 } }
]])
  end)

  for what, text in pairs {
    ["must not begin with a dash"] = "hosts: { '-oProxyCommand=x': {} }",
    ["control characters"] = 'hosts: { "a\\e[31m": {} }',
    ["letters, digits"] = "hosts: { 'a b': {} }",
    ["means every host"] = "groups: { all: {} }",
    ["'x' is a host and a group"] = "hosts: [x]\ngroups: { x: { hosts: [x] } }",
    ["'address' must be"] = "hosts: { a: { address: '-oProxyCommand=x' } }",
    ["duplicate key 'a'"] = "hosts:\n  a: {}\n  a: {}\n",
    ["an inventory must be a map"] = "[a, b]",
    ["'hosts' must be a list"] = "hosts: [x]\ngroups: { g: { hosts: x } }",
    ["there is no group 'h'"] = "hosts: [x]\ngroups: { g: { children: [h] } }",
  } do
    it("is refused where " .. what, function() assert.contains(what, refusal(text)) end)
  end

  it("is told of by its name where it is missing", function()
    simulate {}
    local err = assert.has_error(function() inventory.load("/srv/none.yaml") end, "inventory.missing")
    assert.contains("/srv/none.yaml", err.message)
  end)
end)

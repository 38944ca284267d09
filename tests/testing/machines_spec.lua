-- SPDX-License-Identifier: Apache-2.0
-- What a test can expect of simulated machines over SSH: alone, in a fleet, and out of order.
local machine = require "machine"
local rb = require "runbook"

-- A machine that keeps an app, as rolling.lua expects it.
local function web(more)
  local it = {
    files = { ["/srv/app"] = { directory = true, owner = "deploy" }, ["/srv/app/release"] = { content = "v1\n", owner = "deploy" } },
    programs = {
      systemctl = function(_, call) return call.user == "root" and {} or { code = 1, stderr = "Access denied\n" } end,
    },
  }
  for key, value in pairs(more or {}) do it[key] = value end
  return it
end

local function fleet(count, broken)
  local machines = {}
  for number = 1, count do
    local name = "web" .. number
    machines["deploy@" .. name] = web(broken and broken[name])
  end
  return simulate { machines = machines }
end

local function refused(code, fn, ...)
  local result, err = rb.try(fn, ...)
  assert.is_nil(result)
  assert.are.equal(code, err.code, err.message)
  return err
end

local function outcome(report)
  local errors = {}
  for _, event in ipairs(report.events) do
    if event.event == "host.end" and not event.earlier then errors[event.host] = event.error and event.error.code or event.state end
  end
  return errors
end

describe("a simulated machine over SSH", function()
  it("has files, users, packages and programs of its own", function()
    local world = simulate {
      machine = { files = { ["/etc/name"] = "here" } },
      machines = {
        web1 = { files = { ["/etc/name"] = "web1" }, packages = { nginx = "1.22" } },
        web2 = { users = { app = 2000 }, programs = { uptime = function(_, call) return call.user .. " on " .. call.machine end } },
      },
    }
    local web1, web2 = machine.ssh "web1", machine.ssh "app@web2"
    assert.are.equal("web1", web1:read "/etc/name")
    assert.is_nil(web2:find "/etc/name")
    assert.are.equal("1.22", web1:query({ "dpkg-query", "-W", "-f=${Version}", "nginx" }).stdout)
    assert.are.equal("app on web2", web2:query({ "uptime" }).stdout)
    web1:write("/etc/name", "other")
    assert.are.equal("here", machine.here():read "/etc/name")
    assert.are.equal("other", world:state().machines.web1.files["/etc/name"].content)
    assert.are.same({ { "/usr/bin/uptime" } }, world.machines.web2.calls)
    assert.are.same({ nginx = "1.22" }, world.machines.web1.packages)
  end)

  it("is found as it is written, and its neighbours are not", function()
    simulate { machines = { ["deploy@web1"] = {}, ["db*.example.org"] = {}, ["web1:2222"] = { files = { ["/second"] = "" } } } }
    assert.is_not_nil(machine.ssh("deploy@web1"):find "/etc")
    assert.is_nil(machine.ssh("deploy@web1"):find "/second")
    assert.is_not_nil(machine.ssh("web1:2222"):find "/second")
    machine.ssh("db1.example.org"):write("/a", "1")
    assert.is_nil(machine.ssh("db2.example.org"):find "/a")
    local err = refused("ssh.unreachable", function() return machine.ssh("web9"):find "/etc" end)
    assert.matches('machines = { %["web9"%] = {} }', err.hint)
    assert.matches("'deploy@web1'", err.hint)
    assert.are.equal("web9", err.context.host)
  end)

  it("lets in who has an account there", function()
    simulate { machines = { ["deploy@web1"] = { users = { app = 2000 } } } }
    assert.is_not_nil(machine.ssh("app@web1"):find "/home/app")
    local err = refused("ssh.auth", function() return machine.ssh("root@web1"):find "/etc" end)
    assert.matches("root@web1 refuses the login of 'root'", err.message)
  end)

  it("lets its users do what they may, and root everything", function()
    simulate { machines = { ["deploy@web1"] = { files = { ["/etc/secret"] = { content = "x", mode = "0600" } } } } }
    local user = machine.ssh "deploy@web1"
    local root = user:sudo()
    user:directory_ensure { path = "/home/deploy/a/b" }
    user:write("/home/deploy/a/b/c", "1")
    assert.are.same({ "deploy", "deploy" }, { user:stat("/home/deploy/a").owner, user:stat("/home/deploy/a/b/c").group })
    refused("machine.permission", function() return user:read "/etc/secret" end)
    refused("machine.permission", function() return user:write("/etc/new", "x") end)
    refused("machine.permission", function() return user:append("/etc/passwd", "x") end)
    refused("machine.permission", function() return user:remove "/etc/secret" end)
    refused("machine.permission", function() return user:find "/root/x" end)
    refused("machine.permission", function() return user:attributes_update("/etc/secret", { mode = "0644" }) end)
    refused("machine.permission", function() return user:write("/home/deploy/d", "x", { owner = "root" }) end)
    assert.are.equal("x", root:read "/etc/secret")
    root:attributes_update("/etc/secret", { owner = "deploy" })
    assert.are.equal("x", user:read "/etc/secret")
  end)

  it("asks for sudo's password as it is declared", function()
    local world = simulate { machines = { ["deploy@web1"] = { sudo_password = "correct" } } }
    local web1 = machine.ssh "deploy@web1"
    local function write(options) return web1:sudo(options):write("/etc/a", "x") end
    refused("machine.sudo_password", write)
    refused("machine.sudo_password", write, { password = "wrong" })
    write { password = "correct" }
    world.machines.web1.sudo = false
    refused("machine.sudo", write, { password = "correct" })
    world.machines.web1.sudo = nil
    refused("machine.unknown_user", write, { user = "nobody-knows", password = "correct" })
  end)

  it("can be out of order in every way, from one moment to the next", function()
    local world = simulate { machines = { ["deploy@web1"] = web() } }
    local web1, it = machine.ssh("deploy@web1", { connect_timeout = "20s" }), world.machines.web1
    local function look() return web1:read "/srv/app/release" end
    local function fails(fault, value, code, retryable)
      it[fault] = value
      local err = refused(code, look)
      it[fault] = nil
      assert.are.equal(retryable, err.retryable or false, code)
      assert.are.equal("v1\n", look())
      return err
    end
    assert.matches("port 22: Connection refused", fails("refuses", true, "ssh.unreachable", true).message)
    local before = world:now()
    assert.matches("within 20.0 s", fails("hangs", true, "ssh.timeout", true).message)
    assert.are.equal(20, world:now() - before)
    assert.matches("has changed", fails("key", "changed", "ssh.host_key", false).message)
    assert.matches("is not known", fails("key", "unknown", "ssh.host_key", false).message)
    assert.matches("refuses the login of 'deploy'", fails("denies", true, "ssh.auth", false).message)
    fails("drops_after", 0, "ssh.connection_lost", true)
    it.full = true
    refused("machine.no_space", function() return web1:write("/srv/app/new", "x") end)
    assert.are.equal("v1\n", look())
  end)

  it("takes the time that it is given", function()
    local world = simulate { machines = { web1 = { latency = "2s", programs = { work = function() rb.sleep "1m" end } } } }
    local before = world:now()
    machine.ssh("web1"):run { "work" }
    assert.are.equal(62, world:now() - before)
    refused("machine.timeout", function() return machine.ssh("web1"):run({ "work" }, { timeout = "10s" }) end)
  end)

  it("takes a new key up where that is allowed", function()
    local world = simulate { machines = { web1 = { key = "unknown" } } }
    machine.ssh("web1", { host_key = "accept-new" }):find "/etc"
    assert.is_nil(world.machines.web1.key)
  end)

  it("is reached by way of another one", function()
    local world = simulate { machines = { gate = {}, web1 = {} } }
    local web1 = machine.ssh("web1", { jump = "gate" })
    assert.is_not_nil(web1:find "/etc")
    world.machines.gate.refuses = true
    refused("argument.invalid", machine.ssh, "web1", { jump = "gate:" })
    assert.matches("cannot reach web1 by way of gate", refused("ssh.unreachable", web1.find, web1, "/etc").message)
  end)

  it("of a pattern that cannot be made is told of by everybody who asks", function()
    simulate { machines = { ["web*"] = { groups = 7 } } }
    local function look() return machine.ssh("web1"):find "/etc" end
    local _, errors = rb.timeout("1m", function() return rb.parallel({ a = look, b = look }, { collect = true }) end)
    assert.is_not_nil(errors.a)
    assert.are.equal(errors.a.message, errors.b and errors.b.message)
  end)

  it("is where an address says", function()
    local ssh = require "ssh"
    for address, parts in pairs {
      ["web1"] = { "web1" }, ["deploy@web1:2222"] = { "web1", 2222, "deploy" }, ["[2001:db8::1]:22"] = { "2001:db8::1", 22 },
      ["2001:db8::1"] = { "2001:db8::1" }, ["abc::"] = { "abc::" }, ["ssh://web1/"] = { "web1" },
    } do
      local it = ssh.destination(address)
      assert.are.same(parts, { it.host, it.port, it.user }, address)
    end
    for _, address in ipairs { "web1:", "abc:", "[::1]:", "[::1]22", "web1:0", "web1:65536", "web1:ssh", ":22", "-x", "a@-x" } do
      refused("argument.invalid", ssh.destination, address)
    end
  end)

  it("keeps processes of its own", function()
    local world = simulate { machines = { web1 = { programs = { app = function() return {} end } }, web2 = {} } }
    machine.ssh("web1"):process_ensure { name = "app", argv = { "app" } }
    assert.is_true(machine.ssh("web1"):process_get("app").running)
    assert.is_nil(machine.ssh("web2"):process_find "app")
    assert.is_nil(machine.here():process_find "app")
    assert.are.same({ "app" }, world:state().machines.web1.processes.app.argv)
  end)

  it("takes files and gives them, as whoever logs in", function()
    local world = simulate { machine = { files = { ["/srv/a"] = "a" } }, machines = { ["deploy@web1"] = {}, full = { full = true } } }
    local web1 = machine.ssh "deploy@web1"
    refused("machine.permission", function() return web1:upload("/srv/a", "/etc/a") end)
    web1:sudo():upload("/srv/a", "/etc/a")
    assert.are.equal("a", web1:sudo():read("/etc/a"))
    web1:download("/etc/a", "/srv/b")
    assert.are.equal("a", machine.here():read("/srv/b"))
    refused("machine.no_space", function() return machine.ssh("full"):upload("/srv/a", "/tmp/a") end)
    world.machines["deploy@web1"].refuses = true
    refused("ssh.unreachable", function() return web1:sudo():upload("/srv/b", "/etc/b") end)
  end)

  it("says what is wrong with its declaration", function()
    for _, wrong in ipairs {
      { web1 = { refuse = true } }, { web1 = { refuses = 1 } }, { web1 = { key = "other" } }, { web1 = { latency = "soon" } },
      { web1 = { drops_after = -1 } }, { web1 = true }, { web1 = {}, ["deploy@web1"] = {} }, { web1 = { programs = { a = "text" } } },
    } do
      assert.has_error(function() simulate { machines = wrong } end, "argument.invalid")
    end
    local world = simulate { machines = { web1 = {} } }
    assert.has_error(function() world.machines.web1.refuse = true end, "argument.invalid")
    assert.has_error(function() return world.machines.web2.refuses end, "argument.invalid")
    local err = refused("test.unexpected", function() return machine.ssh("web1"):run { "/bin/none" } end)
    assert.matches('machines = { %["web1"%] = { programs = { none = ', err.hint)
  end)
end)

describe("a rolling change over simulated machines", function()
  local BROKEN = { web2 = { hangs = true }, web3 = { refuses = true }, web4 = { key = "changed" }, web5 = { drops_after = 1 } }

  it("comes to those that are well, and tells of each other one what is wrong", function()
    local world = fleet(5, BROKEN)
    local before = world:now()
    local report = world:run("rolling.lua")
    assert.are.equal(4, report.exit, report.error and report.error.message)
    assert.are.same({
      web1 = "changed", web2 = "ssh.timeout", web3 = "ssh.unreachable", web4 = "ssh.host_key", web5 = "ssh.connection_lost",
    }, outcome(report))
    assert.is_true(world:now() - before < 60)
  end)

  it("takes up only what is missing when it is resumed", function()
    local world = fleet(5, BROKEN)
    world:run("rolling.lua")
    -- The connection was lost when the file had been written.
    assert.are.equal("v2\n", machine.ssh("deploy@web5"):read "/srv/app/release")
    for name, broken in pairs(BROKEN) do
      for fault in pairs(broken) do world.machines[name][fault] = nil end
    end
    local again = world:resume()
    assert.are.equal("done", again.state, again.error and again.error.message)
    assert.are.same({ web2 = "changed", web3 = "changed", web4 = "changed", web5 = "changed" }, outcome(again))
    for number = 1, 5 do
      assert.are.equal("release", machine.ssh("deploy@web" .. number):stat("/srv/app/current", { follow = false }).target)
      assert.are.equal(1, #world.machines["web" .. number].calls)
    end
    assert.are.equal(5, #world:run("rolling.lua").changes)
  end)

  it("goes on where a program was cut off", function()
    local world = fleet(2)
    local attempts = 0
    world.machines.web2.program("systemctl", function(_, call)
      attempts = attempts + 1
      if attempts == 1 then call.drop() end
    end)
    local report = world:run("rolling.lua", { count = 2 })
    assert.are.equal("ssh.connection_lost", outcome(report).web2)
    assert.are.equal("done", world:resume().state)
    assert.are.equal(2, attempts)
  end)

  it("is taken back on every machine", function()
    local world = fleet(5, { web4 = { full = true } })
    local before = world:state()
    assert.are.equal(4, world:run("rolling.lua").exit)
    assert.are.equal("undone", world:undo().state)
    assert.are.same(before, world:state())
  end)

  it("needs a permission for each machine and what is done there", function()
    local world = fleet(1)
    assert.are.equal("permission.denied", world:run("rolling.lua", { count = 1 }, { deny = { "ssh=deploy@web1" } }).error.code)
    assert.are.equal("v1\n", machine.ssh("deploy@web1"):read "/srv/app/release")
  end)

  it("changes nothing in a dry run", function()
    local world = fleet(2)
    local before = world:state()
    assert.are.equal("planned", world:plan("rolling.lua", { count = 2 }).state)
    assert.are.same(before, world:state())
  end)

  it("comes to 500 machines", function()
    local report = fleet(500):run("rolling.lua", { count = 500 })
    assert.are.equal("done", report.state, report.error and report.error.message)
    assert.are.equal("v2\n", machine.ssh("deploy@web500"):read "/srv/app/release")
  end)

  survives("a release on two machines", {
    file = "rolling.lua",
    params = { count = 2, at_once = 1 },
    idempotent = false, -- it restarts each time
    world = function() return fleet(2) end,
  })

  survives("a release on machines of a pattern", {
    file = "rolling.lua",
    params = { count = 2, at_once = 1 },
    idempotent = false,
    world = function() return simulate { machines = { ["deploy@web*"] = web() } } end,
  })
end)

-- SPDX-License-Identifier: Apache-2.0
-- The hosts are this computer, with a file each.
local machine = require "machine"

local function world_with(files)
  local hosts = {}
  for number = 1, 8 do
    hosts[number] = ("  web%d: { here: true, vars: { config: /etc/site%d.conf } }"):format(number, number)
  end
  local all = { ["/srv/hosts.yaml"] = "vars: { port: 80 }\nhosts:\n" .. table.concat(hosts, "\n") .. "\n" }
  for path, content in pairs(files or {}) do all[path] = content end
  return simulate { machine = { files = all } }
end

local function update(world, params)
  local all = { where = "all", motto = "hello" }
  for name, value in pairs(params or {}) do all[name] = value end
  return world:run("update.lua", all, { inventory = "/srv/hosts.yaml" })
end

describe("the update of the web servers", function()
  it("reaches all of them, and changes nothing the second time", function()
    local world = world_with()
    assert.are.equal(8, update(world).changed)
    assert.are.equal("port 80\nmotto hello\n", machine.here():read "/etc/site5.conf")
    assert.are.equal(0, update(world).changed)
  end)

  it("goes no further than the first server where it is rejected there", function()
    local report = update(world_with { ["/etc/site1.conf.rejected"] = "" })
    assert.are.equal(1, report.exit)
    assert.are.equal(1, report.changed)
    assert.matches("7 not begun", report.error.message)
  end)

  it("ends with 4 where some servers reject it, and takes up only those later", function()
    local world = world_with { ["/etc/site4.conf.rejected"] = "" }
    assert.are.equal(4, update(world, { most = "2" }).exit)
    machine.here():remove "/etc/site4.conf.rejected"
    local again = world:resume()
    assert.are.equal("done", again.state)
    assert.are.equal(0, again.changed)
  end)

  it("is taken back everywhere", function()
    local world = world_with { ["/etc/site2.conf"] = "old" }
    update(world)
    assert.are.equal("undone", world:undo().state)
    assert.are.equal("old", machine.here():read "/etc/site2.conf")
    assert.is_nil(machine.here():find "/etc/site3.conf")
  end)
end)

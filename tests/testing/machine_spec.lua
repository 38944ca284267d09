-- SPDX-License-Identifier: Apache-2.0
-- Users and packages of a simulated machine change as a real one's would.
local machine = require "machine"

describe("a simulated machine", function()
  local world, here
  before_each(function()
    world = simulate { machine = { users = { deploy = 1000 }, packages = { nginx = "1.22" }, repository = { redis = "7.0" } } }
    here = machine.here()
  end)

  local function run(...) return here:run({ ... }, { check = false }) end

  it("gets a user with a home of its own, once", function()
    assert.are.equal(0, run("useradd", "--create-home", "--shell", "/bin/bash", "app").code)
    assert.are.same({ "app", "0700" }, { here:stat("/home/app").owner, here:stat("/home/app").mode })
    assert.are.equal("1001\n", run("id", "-u", "app").stdout)
    assert.are.equal(9, run("useradd", "app").code)
    assert.are.equal(0, run("userdel", "-r", "app").code)
    assert.is_nil(here:find "/home/app")
    assert.are.equal(6, run("userdel", "app").code)
  end)

  it("gets groups", function()
    assert.are.equal(0, run("groupadd", "-g", "50", "web").code)
    assert.are.equal("web:x:50:\n", run("getent", "group", "web").stdout)
    assert.are.equal(6, run("useradd", "-g", "nobody-knows", "app").code)
    assert.are.equal(0, run("groupdel", "web").code)
    assert.are.equal(2, run("getent", "group", "web").code)
  end)

  it("installs what the repository has, and nothing of a command that names anything else", function()
    assert.are.equal(100, run("apt-get", "install", "-y", "redis", "no-such-package").code)
    assert.are.same({ nginx = "1.22" }, world.machine.packages)
    assert.are.equal(0, run("apt-get", "install", "-y", "--no-install-recommends", "redis=7.0").code)
    assert.are.equal("7.0", run("dpkg-query", "-W", "-f=${Version}", "redis").stdout)
    assert.are.equal(0, run("apt-get", "purge", "-y", "nginx").code)
    assert.are.same({ redis = "7.0" }, world:state().packages)
  end)
end)

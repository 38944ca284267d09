-- SPDX-License-Identifier: Apache-2.0
-- Files that are moved, as a runbook sees it: on a simulated machine, and on this computer.
local rb = require "runbook"
local machine = require "machine"

local function contract(place, make)
  describe(place, function()
    local here, dir = machine.here(), nil
    before_each(function()
      dir = make()
      here:directory_ensure { path = dir .. "/from/d" }
      here:write(dir .. "/from/a", "a\n")
      here:write(dir .. "/from/d/b", "b\n")
    end)

    it("uploads and downloads a file, once", function()
      for _, verb in ipairs { "upload", "download" } do
        local file, changed = here[verb](here, dir .. "/from/a", dir .. "/" .. verb, { mode = "0640" })
        assert.equal(true, changed)
        assert.equal(2, file.size)
        assert.equal("a\n", here:read(dir .. "/" .. verb))
        file, changed = here[verb](here, dir .. "/from/a", dir .. "/" .. verb, { mode = "0640" })
        assert.equal(false, changed)
        assert.equal(here:checksum(dir .. "/from/a"), file.sha256)
      end
      assert.equal(3, #here:list(dir))
    end)

    it("syncs a tree, once, and removes only when it is told to", function()
      local done, changed = here:sync(dir .. "/from", dir .. "/to")
      assert.equal(true, changed)
      assert.same({ "a", "d", "d/b" }, done.added)
      assert.equal("b\n", here:read(dir .. "/to/d/b"))
      done, changed = here:sync(dir .. "/from", dir .. "/to")
      assert.equal(false, changed)
      assert.equal(0, #done.added)
      here:write(dir .. "/to/only there", "")
      done, changed = here:sync(dir .. "/from", dir .. "/to")
      assert.equal(false, changed)
      assert.equal(0, done.removed)
      done, changed = here:sync(dir .. "/from", dir .. "/to", { delete = true })
      assert.equal(true, changed)
      assert.equal(1, done.removed)
      assert.is_nil(here:find(dir .. "/to/only there"))
    end)

    it("does not put a file in the place of a directory unless it is told to", function()
      here:directory_ensure { path = dir .. "/to/a" }
      local _, err = rb.try(function() return here:sync(dir .. "/from", dir .. "/to") end)
      assert.equal("machine.exists", err.code)
      here:sync(dir .. "/from", dir .. "/to", { delete = true })
      assert.equal("a\n", here:read(dir .. "/to/a"))
    end)
  end)
end

contract("moving files on a simulated machine", function()
  simulate { machine = {} }
  machine.here():directory_ensure { path = "/srv/spec" }
  return "/srv/spec"
end)

contract("moving files on this computer", temp_directory)

describe("moving files", function()
  local here = machine.here()

  it("needs a permission for both sides", function()
    local dir = temp_directory()
    here:write(dir .. "/a", "a")
    for _, verb in ipairs { "upload", "download" } do
      local _, err = rb.try(function() return here[verb](here, dir .. "/a", "/etc/runbook-spec") end)
      assert.equal("permission.denied", err.code)
      _, err = rb.try(function() return here[verb](here, "/etc/shadow", dir .. "/b") end)
      assert.equal("permission.denied", err.code)
    end
    local _, err = rb.try(function() return here:sync("/etc", dir .. "/b") end)
    assert.equal("permission.denied", err.code)
  end)
end)

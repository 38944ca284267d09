-- SPDX-License-Identifier: Apache-2.0
-- The contract on a simulated machine always, and on this computer where
-- RUNBOOK_TEST_MACHINE=here and `--allow run=` for sh, sleep, getent, id, dpkg-query and process:spec-* are given.
local contract = require "contract"
local machine = require "machine"
local rb = require "runbook"

-- What the shell of the simulated machine knows.
local function sh(argv, call)
  local script = argv[3]
  if script:find("^cat;") then
    call.emit { stdout = call.stdin }
    return argv[5] .. " " .. call.env.NAME .. "\n"
  elseif script:find("^sleep") then
    rb.sleep(100)
  end
  return { code = 3, stderr = script:find("why") and "why\n" or nil }
end

local function declaration()
  return {
    users = { app = 1000 }, packages = { ["base-files"] = "12.4" }, programs = { sh = sh, sleep = function() return {} end },
    files = { ["/srv/spec"] = { directory = true, owner = "app" } },
  }
end

contract("a simulated machine", function()
  simulate { machine = declaration() }
  return machine.here(), "/srv/spec"
end)

contract("a simulated machine over SSH", function()
  simulate { machines = { web1 = declaration() } }
  return machine.ssh("app@web1"), "/srv/spec", "/srv"
end)

contract("root of a simulated machine over SSH", function()
  simulate { machines = { ["app@web*"] = declaration() } }
  return machine.ssh("app@web1"):sudo(), "/srv/spec", "/srv"
end)

if test_environment "MACHINE" == "here" then contract("this computer", function() return machine.here(), temp_directory() end) end

describe("this computer", function()
  local here, dir = machine.here(), nil
  before_each(function() dir = temp_directory() end)

  local function refused(code, fn)
    local result, err = rb.try(fn)
    assert.is_nil(result)
    assert.equal(code, err.code)
  end

  it("touches nothing that is not permitted", function()
    refused("permission.denied", function() return here:read "/etc/passwd" end)
    here:link_create(dir .. "/out", "/etc")
    refused("permission.denied", function() return here:read(dir .. "/out/passwd") end)
    refused("permission.denied", function() return here:run { "/bin/cat", "/etc/passwd" } end)
    here:write(dir .. "/a", "a")
    for _, verb in ipairs { "upload", "download" } do
      refused("permission.denied", function() return here[verb](here, dir .. "/a", "/etc/runbook-spec") end)
      refused("permission.denied", function() return here[verb](here, "/etc/passwd", dir .. "/b") end)
    end
    refused("permission.denied", function() return here:sync("/etc", dir .. "/b") end)
  end)
end)

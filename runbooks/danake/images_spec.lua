-- SPDX-License-Identifier: Apache-2.0
local docker = require "docker"

local PARAMS = { release = "v1", registry = "registry:5000", modules_dir = "/modules", editor_key = "/keys/editor" }
local ALL = { "auth", "mail", "router", "editor" }

local function new_world(more)
  local files = { ["/keys"] = { directory = true } }
  for _, module in ipairs(ALL) do files["/modules/" .. module .. "/Dockerfile"] = "FROM scratch\nCOPY start /start\n" end
  for _, module in ipairs(ALL) do files["/modules/" .. module .. "/start"] = module end
  local options = {
    machine = {
      files = files,
      programs = {
        git = function() return "" end,
        ["ssh-keygen"] = function(argv)
          local machine = require "machine"
          machine.here():write(argv[#argv], "the key\n")
          machine.here():write(argv[#argv] .. ".pub", "ssh-ed25519 AAAA danake\n")
        end,
      },
    },
    docker = {},
  }
  for name, program in pairs(more or {}) do options.machine.programs[name] = program end
  return simulate(options)
end

describe("building the images", function()
  it("builds and pushes each, and says which digest it has", function()
    local world = new_world()
    local run = world:run("images.lua", PARAMS)
    assert.are.equal("done", run.state, run.error and run.error.message)
    for _, module in ipairs(ALL) do
      local tag = "registry:5000/danake-" .. module .. ":v1"
      assert.contains(tag .. "@" .. docker.connect():image_digest(tag).digest, run.printed)
    end
  end)

  it("changes nothing the second time", function()
    local world = new_world()
    world:run("images.lua", PARAMS)
    assert.are.equal(0, world:plan("images.lua", PARAMS).planned)
    assert.are.equal(0, world:run("images.lua", PARAMS).changed)
    require("machine").here():write("/modules/auth/start", "another one")
    assert.are.equal(2, world:plan("images.lua", PARAMS).planned)
  end)

  it("says what stays on the registry where it is undone", function()
    local world = new_world()
    world:run("images.lua", PARAMS)
    local undone = world:undo()
    assert.are.equal("undone", undone.state, undone.error and undone.error.message)
    for _, module in ipairs(ALL) do
      local tag = "registry:5000/danake-" .. module .. ":v1"
      local there = docker.connect():image_digest(tag).digest
      assert.contains(("%s stays on the registry, as %s: only the registry's own tools remove it"):format(tag, there), undone.printed)
    end
    world:run("images.lua", PARAMS)
    assert.is_nil(world:undo().printed:find("stays on the registry", 1, true))
  end)

  it("plans without changing anything", function()
    local world = new_world()
    local before = world:state()
    assert.are.equal("planned", world:plan("images.lua", PARAMS).state)
    assert.are.same(before, world:state())
  end)

  it("refuses what was changed and not committed", function()
    local world = new_world { git = function() return " M auth/start\n" end }
    local run = world:run("images.lua", PARAMS)
    assert.are.equal("danake.dirty", run.error.code)
    assert.are.same({}, docker.connect():image_list())
    assert.are.equal("done", world:run("images.lua", { release = "v1", registry = "registry:5000", modules_dir = "/modules",
      editor_key = "/keys/editor",
      allow_dirty = true }).state)
  end)

  it("refuses a module that is not there before it builds another", function()
    local world = new_world()
    local params = { modules = { "auth", "chat" } }
    for key, value in pairs(PARAMS) do params[key] = value end
    assert.are.equal("danake.no_module", world:run("images.lua", params).error.code)
    assert.are.same({}, docker.connect():image_list())
  end)

  it("refuses a release without a name", function()
    assert.are_not.equal("done", new_world():run("images.lua", { release = "" }).state)
  end)
end)

-- SPDX-License-Identifier: Apache-2.0
local db = require "db"
local machine = require "machine"
local simulated_machine = require "simulated_machine"

local SOURCE, COPY = "/srv/quickstart/data/visits.db", "/backup/visits.db"

local function params(more)
  local all = { target = "local", dir = "/srv/quickstart", build = "/build", to = COPY }
  for key, value in pairs(more or {}) do all[key] = value end
  return all
end

-- A machine on which people have visited the service.
local function with_visits()
  local world = simulated_machine(simulate)
  machine.here():directory_ensure { path = "/srv/quickstart/data" }
  machine.here():directory_ensure { path = "/backup" }
  local visits = db.sqlite(SOURCE)
  visits:exec("CREATE TABLE visits (at TEXT)", nil, { create = true })
  visits:exec("INSERT INTO visits VALUES (?), (?)", { "monday", "tuesday" })
  return world
end

describe("the backup", function()
  local world
  before_each(function() world = with_visits() end)

  it("is a whole database with everything in it", function()
    local run = world:run("backup.lua", params())
    assert.are.equal("done", run.state, run.error and run.error.message)
    assert.are.equal(2, #db.sqlite(COPY):query "SELECT * FROM visits")
    assert.matches("^/backup/visits.db: %d+ bytes, sha256 %x+$", run.printed)
  end)

  it("is not made by a plan", function()
    assert.are.equal("planned", world:plan("backup.lua", params()).state)
    assert.is_nil(machine.here():find(COPY))
  end)

  it("fails where there is nothing to back up, and leaves nothing", function()
    machine.here():remove(SOURCE)
    local run = world:run("backup.lua", params())
    assert.are.equal(1, run.exit)
    assert.is_nil(machine.here():find(COPY))
  end)

  it("fails for a database that is damaged, and leaves the last copy alone", function()
    world:run("backup.lua", params())
    local before = machine.here():checksum(COPY)
    machine.here():write(SOURCE, ("not a database"):rep(1000))
    local run = world:run("backup.lua", params())
    assert.are.equal(1, run.exit)
    assert.are.equal(before, machine.here():checksum(COPY))
  end)

  survives("being broken off", { file = "backup.lua", params = params(), world = with_visits, idempotent = false, undo = false })
end)

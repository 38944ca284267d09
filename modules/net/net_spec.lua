-- SPDX-License-Identifier: Apache-2.0
-- What a client sees of a listener: a simulated one always; a real one, which RUNBOOK_TEST_TCP names, where it is there
-- (and `--allow net=tcp://127.0.0.1:*` is given).
local net = require "net"
local rb = require "runbook"

describe("net", function()
  it("is refused where nothing is permitted, naming what to add", function()
    local _, err = rb.try(net.probe, "tcp://127.0.0.9:9")
    assert.equal("permission.denied", err.code)
    assert.matches("tcp://127%.0%.0%.9:9", err.message)
  end)

  it("refuses what is no target, before any permission", function()
    for _, target in ipairs { "db:5432", "tcp://db", "http://db:80" } do
      local _, err = rb.try(net.probe, target)
      assert.equal("argument.invalid", err.code)
    end
  end)
end)

local function contract(what, make)
  describe(what, function()
    it("is found where it listens, and nowhere else", function()
      local target = make()
      assert.is_true(net.probe(target))
      local _, err = rb.try(net.probe, "tcp://127.0.0.1:1")
      assert.equal("net.connect", err.code)
      assert.is_true(err.retryable)
    end)
  end)
end

contract("a simulated listener", function()
  simulate { net = { ["tcp://127.0.0.1:5432"] = true } }
  return "tcp://127.0.0.1:5432"
end)

local address = test_environment "TCP"
if address then
  contract("a real listener", function() return address end)
end

describe("simulated listeners", function()
  it("come and go", function()
    local up = false
    local world = simulate { net = { ["tcp://DB:5432"] = function() return up end, ["unix:///run/App.sock"] = false } }
    assert.has_error(function() net.probe "tcp://db:5432" end, "net.connect")
    up = true
    assert.is_true(net.probe "tcp://db:5432")
    assert.has_error(function() net.probe "unix:///run/App.sock" end, "net.connect")
    world.net.listen("unix:///run/App.sock", true)
    assert.is_true(net.probe "unix:///run/App.sock")
  end)

  it("are also those that serve HTTP", function()
    simulate { net = {}, http = { ["http://web:8080"] = function() return "hello" end } }
    assert.is_true(net.probe "tcp://web:8080")
  end)

  it("have to be told of where they are no part of this computer", function()
    simulate {}
    assert.has_error(function() net.probe "tcp://db.example.org:5432" end, "test.unexpected")
  end)

  it("are there, or not, or a function says so", function()
    assert.has_error(function() simulate { net = { ["tcp://db:1"] = "yes" } } end, "argument.invalid")
  end)
end)

-- SPDX-License-Identifier: Apache-2.0
local log = require "log"
local rb = require "runbook"

describe("log", function()
  it("takes a message of any kind, with fields", function()
    for _, level in ipairs { "debug", "info", "warn", "error" } do
      log[level]("switched", { from = "blue", to = { "green" } })
      log[level](42)
    end
  end)

  it("refuses fields that are no table", function()
    local _, err = rb.try(log.info, "x", "y")
    assert.equal("argument.invalid", err.code)
  end)
end)

-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local time = require "time"

describe("time", function()
  it("reads what it wrote", function()
    assert.equal("2026-02-03T04:05:06+01:00", time.format(time.parse "2026-02-03T04:05:06+01:00", { offset = "+01:00" }))
    assert.equal("Tuesday 03", time.format(time.parse "2026-02-03", { format = "%A %d" }))
  end)

  it("knows the time without a permission", function()
    assert.is_true(time.now() > time.parse "2024-01-01")
  end)

  it("takes times and durations apart", function()
    assert.equal(4, time.calendar(0).weekday)
    assert.equal(5400, time.duration "1h30m")
    assert.equal("4m 10s", time.show_duration(250))
  end)

  it("refuses a time without its offset", function()
    local _, err = rb.try(time.parse, "2026-02-03T04:05:06")
    assert.equal("time.syntax", err.code)
  end)
end)

-- SPDX-License-Identifier: Apache-2.0
local json = require "json"
local rb = require "runbook"

describe("json", function()
  it("writes sorted keys, lists and null", function()
    assert.equal('{"a":[1,2.5,null],"b":true}', json.encode { b = true, a = { 1, 2.5, json.null } })
    assert.equal("{}", json.encode {})
    assert.equal("[]", json.encode(json.decode "[]"))
  end)

  it("reads what it wrote", function()
    local value = { name = "web", ports = { 80, 443 }, nested = { deep = { 1 } }, big = 9007199254740993 }
    assert.same(value, json.decode(json.encode(value)))
    assert.same(value, json.decode(json.encode_pretty(value)))
  end)

  it("keeps null apart from nothing", function()
    local value = json.decode '{"x": null}'
    assert.equal(json.null, value.x)
    assert.equal(rb.null, json.null)
    assert.is_nil(value.y)
  end)

  it("says where a text is wrong", function()
    local _, err = rb.try(json.decode, '{\n  "a": 1,\n}')
    assert.equal("json.syntax", err.code)
    assert.matches("line 3", err.message)
  end)
end)

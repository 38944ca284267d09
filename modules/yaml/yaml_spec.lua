-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local yaml = require "yaml"

describe("yaml", function()
  it("follows anchors and merge keys", function()
    local stack = yaml.decode [[
base: &base
  image: nginx
  replicas: 1
web:
  <<: *base
  replicas: 3
]]
    assert.same({ image = "nginx", replicas = 3 }, stack.web)
  end)

  it("reads yes and no as texts, and quotes them when it writes", function()
    assert.equal("yes", yaml.decode("a: yes").a)
    assert.equal('a: "yes"\nb: "22:22"\n', yaml.encode { a = "yes", b = "22:22" })
  end)

  it("reads what it wrote", function()
    local value = { script = "set -e\nrun\n", list = { { a = 1 }, { b = { 2, 3 } } }, none = yaml.null }
    assert.same(value, yaml.decode(yaml.encode(value)))
  end)

  it("refuses a duplicate key with both lines", function()
    local _, err = rb.try(yaml.decode, "a: 1\nb: 2\na: 3\n")
    assert.equal("yaml.duplicate_key", err.code)
    assert.matches("line 3, .*first on line 1", err.message)
  end)

  it("reads several documents", function()
    assert.same({ { a = 1 }, { a = 2 } }, yaml.decode_all "a: 1\n---\na: 2\n")
  end)

  it("says where values begin, also in JSON", function()
    assert.same({ line = 2, column = 3 }, yaml.positions("web:\n  port: 80\n")["/web/port"])
    assert.same({ line = 1, column = 13 }, yaml.positions('{"a/b": [1, {"c~": 2}]}')["/a~1b/1"])
    assert.same({ line = 1, column = 14 }, yaml.positions('{"a/b": [1, {"c~": 2}]}')["/a~1b/1/c~0"])
  end)
end)

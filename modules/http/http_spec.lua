-- SPDX-License-Identifier: Apache-2.0
local http = require "http"
local rb = require "runbook"

describe("http", function()
  it("is refused where nothing is permitted, naming what to add", function()
    local _, err = rb.try(http.get, "http://127.0.0.1:9/")
    assert.equal("permission.denied", err.code)
    assert.matches("http://127%.0%.0%.1:9", err.message)
  end)

  it("refuses what is no URL, before any permission", function()
    for _, url in ipairs { "example.org", "ftp://example.org/", "http://user:word@example.org/" } do
      local _, err = rb.try(http.get, url)
      assert.equal("http.url", err.code)
    end
  end)

  it("names an option that it does not know", function()
    local _, err = rb.try(http.get, "http://127.0.0.1:9/", { timeuot = "1s" })
    assert.equal("argument.invalid", err.code)
    assert.matches("did you mean 'timeout'", err.message)
  end)

  it("encodes queries and resolves references", function()
    assert.equal("a%20b=1%262&n=3", http.query { ["a b"] = "1&2", n = 3 })
    assert.equal("%2F%3F", http.escape "/?")
    assert.same({ url = "https://example.org/c", same_origin = true }, http.resolve("https://example.org/a/b", "../c"))
  end)
end)

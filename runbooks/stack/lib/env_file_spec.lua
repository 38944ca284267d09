-- SPDX-License-Identifier: Apache-2.0
local env_file = require "env_file"

describe("a file of variables", function()
  it("has a name and a value on each line", function()
    assert.are.same({ A = "1", B = "two words", C = "a=b", D = "", E = "x # y", F = "x", G = 'q"\n' }, env_file.parse(
      "# a remark\nA=1\n\n  B = two words  \r\nexport C=a=b\nD=\nE='x # y'\nF=x # y\nG=\"q\\\"\\n\"", ".env"))
  end)

  it("is refused with the line that is neither", function()
    local err = assert.has_error(function() env_file.parse("A=1\nB\n", "site.env") end, "env_file.invalid")
    assert.are.equal("site.env:2: expected NAME=value, got 'B'", err.message)
  end)
end)

-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local crypto = require "crypto"
local machine = require "machine"
local cookies = require "cookies"

local PATH = "/confs/cookie2uid.map"
local ADA = "kAVdS8gTL7u-0123456789_ab\tada;\n"

describe("the students' cookies", function()
  local here

  before_each(function()
    simulate { machine = { files = { ["/confs"] = { directory = true } } } }
    here = machine.here()
  end)

  local function complete(...)
    local students = {}
    for index, uid in ipairs { ... } do students[index] = { uid = uid } end
    return cookies.complete(here, PATH, students)
  end

  it("are made for everyone, each another one", function()
    local content, added = complete("ada", "bob")
    assert.are.equal(2, added)
    here:write(PATH, content, { mode = "0600" })
    local of = cookies.read(here, PATH)
    assert.are.equal(43, #of.ada)
    assert.are_not.equal(of.ada, of.bob)
  end)

  it("are never shown", function() assert.are.equal("***", tostring((complete "ada"))) end)

  it("stay as they are when students come and go", function()
    here:write(PATH, ADA)
    local content, added = complete("bob")
    assert.are.equal(1, added)
    here:write(PATH, content)
    assert.are.equal(ADA, here:read(PATH):sub(1, #ADA))
    assert.is_not_nil(cookies.read(here, PATH).bob)
    local again, none = complete("ada", "bob")
    assert.are.equal(0, none)
    assert.is_true(crypto.equal(again, here:read(PATH)))
  end)

  it("are added to a file whose last line does not end", function()
    here:write(PATH, ADA:sub(1, -2))
    here:write(PATH, (complete("ada", "bob")))
    assert.is_not_nil(cookies.read(here, PATH).ada)
    assert.is_not_nil(cookies.read(here, PATH).bob)
  end)

  it("are refused where the file is damaged, without showing them", function()
    local _, err = rb.try(cookies.parse, ADA .. "short\tbob;\n" .. ADA
      .. "kAVdS8gTL7u-0123456789_ab\tcy;\nkAVdS8gTL7u-0123456789_xx\tdee\n")
    assert.are.equal("danake.cookies", err.code)
    assert.are.equal(table.concat({
      "line 2: it is not a cookie of 16 characters or more, a tab, a student's number and a semicolon",
      "line 3: 'ada' has a cookie already",
      "line 4: 'cy' has the cookie of 'ada'",
      "line 5: it is not a cookie of 16 characters or more, a tab, a student's number and a semicolon",
    }, "\n"), err.context.problems)
    assert.is_nil(tostring(err):find("kAVdS8", 1, true))
  end)
end)

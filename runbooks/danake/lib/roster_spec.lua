-- SPDX-License-Identifier: Apache-2.0
local rb = require "runbook"
local roster = require "roster"

local function problems(text, options)
  local students, err = rb.try(roster.parse, text, options)
  assert.is_nil(students)
  assert.are.equal("danake.roster", err.code)
  local lines = {}
  for line in err.context.problems:gmatch "[^\n]+" do lines[#lines + 1] = line end
  return lines
end

describe("the list of students", function()
  it("is a number, a tab and a text for each", function()
    local students = roster.parse "s-17\tAda Lovelace\n900123\tHéloïse d'Ñ, 3rd row\n"
    assert.are.same({ { uid = "s-17", info = "Ada Lovelace", line = 1 },
      { uid = "900123", info = "Héloïse d'Ñ, 3rd row", line = 2 } }, students)
  end)

  it("may lack the last line end", function() assert.are.equal(2, #roster.parse "a\tA\nb\tB") end)

  it("is given to the swarm in one form", function()
    assert.are.equal("a\tA\nb\tB\n", roster.render(roster.parse("\239\187\191a\t\"A\"\r\n\r\nb\tB", { normalize = true })))
  end)

  it("takes numbers of 56 characters and none of 57", function()
    local longest = ("x"):rep(56)
    assert.are.equal(longest, roster.parse(longest .. "\tA\n")[1].uid)
    assert.are.same({ "line 1: the student's number has 57 characters, at most 56 fit" }, problems(("x"):rep(57) .. "\tA\n"))
  end)

  it("tells all that is wrong, by line", function()
    assert.are.same({
      "line 2: 'a' is there already, in line 1",
      "line 3: it has 1 fields, not 2: a number, a tab, a text",
      "line 4: it has 3 fields, not 2: a number, a tab, a text",
      "line 5: it is empty",
      "line 6: 'B' is no student's number: it may have small letters, digits and '-'",
      "line 7: '-c' is no student's number: it begins or ends with '-'",
      'line 8: a quote (") is in it',
      "line 9: a carriage return is in it: the file is from another system, or damaged",
      "line 10: the text after the tab is missing",
      "line 11: the student's number is missing",
      "line 12: a control character is in it",
      "line 13: it is not UTF-8",
    }, problems(table.concat({
      "a\tA", "a\tB", "b", "c\td\te", "", "B\tB", "-c\tC", 'd\t"D', "f\tF\r", "g\t", "\tG", "h\tH\27", "i\t\255", "",
    }, "\n")))
  end)

  it("refuses what would mean something to a router, a shell or a path", function()
    for _, uid in ipairs { "1; x", "$(id)", "../x", "a/b", "a b", "a.b", "a_b", "1;", "`id`", "*", "ä" } do
      assert.are.equal(1, #problems(uid .. "\tA\n"), uid)
    end
  end)

  it("refuses marks of other programs, unless they are to be taken off", function()
    assert.are.same({ "line 1: a byte order mark is before it" }, problems "\239\187\191a\tA\n")
    assert.are.equal("a", roster.parse("\239\187\191a\tA\n", { normalize = true })[1].uid)
    assert.are.equal("A", roster.parse("a\tA\r\n", { normalize = true })[1].info)
    assert.are.same({ "line 1: a carriage return is in it: the file is from another system, or damaged" },
      problems("a\rb\tA\n", { normalize = true }))
    assert.are.same({ 'line 1: a quote (") is in it' }, problems('a\tA "the first"\n', { normalize = true }))
  end)

  it("has someone in it", function() assert.are.same({ "there is no student in it" }, problems("\n", { normalize = true })) end)

  it("is no longer than a config may be", function()
    local lines = {}
    for index = 1, 1100 do lines[index] = ("s%d\t%s\n"):format(index, ("x"):rep(1000)) end
    assert.matches("more than 1023999 bytes", problems(table.concat(lines))[1])
  end)

  it("finds a student by the whole number", function()
    local students = roster.parse "a1\tA\na12\tB\n"
    assert.are.equal("B", roster.find(students, "a12").info)
    assert.has_error(function() roster.find(students, "1") end, "danake.unknown_uid")
  end)
end)

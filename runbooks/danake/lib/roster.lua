-- SPDX-License-Identifier: Apache-2.0
-- The list of students: a line for each, her number and a text for people, with a tab between. What is in it becomes names of
-- services, paths and a router's table, so nothing is guessed: what is not exactly that is refused, all of it at once.
local rb = require "runbook"

local M = {}

M.MAX_BYTES = 1023999 -- of a config
M.MAX_UID = 56 -- "editor-" before it makes 63, the most that a service's name may have

local BOM = "\239\187\191"

-- Why a text cannot be the number of a student, or nil.
function M.wrong_uid(uid)
  if uid == "" then return "the student's number is missing" end
  if #uid > M.MAX_UID then return ("the student's number has %d characters, at most %d fit"):format(#uid, M.MAX_UID) end
  if uid:find "[^-a-z0-9]" then
    return ("'%s' is no student's number: it may have small letters, digits and '-'"):format(uid:gsub("[^%w%p ]", "?"))
  end
  if uid:find "^-" or uid:find "-$" then return ("'%s' is no student's number: it begins or ends with '-'"):format(uid) end
  return nil
end

local function unquoted(field)
  local inner = field:match '^"([^"]*)"$'
  return inner or field
end

local function wrong_text(info)
  if info == "" then return "the text after the tab is missing" end
  if info:find '"' then return 'a quote (") is in it' end
  if not utf8.len(info) then return "it is not UTF-8" end
  if info:find "%c" then return "a control character is in it" end
  return nil
end

local function split(line)
  local fields = {}
  for field in (line .. "\t"):gmatch "([^\t]*)\t" do fields[#fields + 1] = field end
  return fields
end

local function check_line(line, number, normalize, say)
  if line:find "\r" then
    if not (normalize and line:find "^[^\r]*\r$") then
      return say(number, "a carriage return is in it: the file is from another system, or damaged")
    end
    line = line:sub(1, -2)
  end
  if line == "" then return normalize or say(number, "it is empty") end
  local fields = split(line)
  if #fields ~= 2 then return say(number, ("it has %d fields, not 2: a number, a tab, a text"):format(#fields)) end
  local uid, info = fields[1], fields[2]
  if normalize then uid, info = unquoted(uid), unquoted(info) end
  local wrong = uid:find '"' and 'a quote (") is in it' or M.wrong_uid(uid) or wrong_text(info)
  if wrong then return say(number, wrong) end
  return nil, { uid = uid, info = info, line = number }
end

-- The students of a text, in its order, or raises danake.roster with every line that is wrong. `normalize` takes what other
-- programs write: a byte order mark, carriage returns at the ends of lines, empty lines, fields in quotes.
function M.parse(text, options)
  local normalize = options and options.normalize
  local name = options and options.name or "the list of students"
  local problems, students, seen = {}, {}, {}
  local function say(number, what)
    problems[#problems + 1] = ("line %d: %s"):format(number, what)
    return true
  end
  if text:sub(1, 3) == BOM then
    if not normalize then say(1, "a byte order mark is before it") end
    text = text:sub(4)
  end
  local number = 0
  for line in (text:find "\n$" and text or text .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    local _, student = check_line(line, number, normalize, say)
    if student then
      if seen[student.uid] then
        say(number, ("'%s' is there already, in line %d"):format(student.uid, seen[student.uid]))
      else
        seen[student.uid] = number
        students[#students + 1] = student
      end
    end
  end
  if #problems == 0 and #students == 0 then problems[1] = "there is no student in it" end
  if #problems == 0 and #M.render(students) > M.MAX_BYTES then
    problems[1] = ("it has more than %d bytes, the most that the swarm keeps in a config"):format(M.MAX_BYTES)
  end
  if #problems > 0 then
    rb.fail("danake.roster", ("%s is wrong in %d %s:\n  %s"):format(name, #problems, #problems == 1 and "place" or "places",
      table.concat(problems, "\n  ")), {
      hint = not normalize
        and "what other programs add (byte order mark, carriage returns, quotes, empty lines) is taken off with --normalize" or nil,
      context = { problems = table.concat(problems, "\n") },
    })
  end
  return students
end

-- The text that the swarm is given: the same lines, whatever the file looked like.
function M.render(students)
  local lines = {}
  for index, student in ipairs(students) do lines[index] = student.uid .. "\t" .. student.info .. "\n" end
  return table.concat(lines)
end

-- The student of that number, exactly.
function M.find(students, uid)
  for _, student in ipairs(students) do
    if student.uid == uid then return student end
  end
  rb.fail("danake.unknown_uid", ("there is no student '%s' in the list"):format(uid),
    { hint = "the whole number is needed, not a part of it" })
end

return M

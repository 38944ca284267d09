-- SPDX-License-Identifier: Apache-2.0
-- The table by which the router finds a student's editor: a line "COOKIE<tab>NUMBER;" for each, as nginx includes it in a map.
--
-- The file beside the configuration is what counts: the swarm's secret cannot be read back. Lines are added to it and never
-- changed or taken away, so a student who is let in once stays in, also after a second run, a rotation or a new list.
local rb = require "runbook"
local crypto = require "crypto"

local M = {}

M.MAX_BYTES = 511999 -- of a secret

-- A secret with this text: what is joined with (nothing of) a secret is one.
local function hidden(text, by) return string.format("%.0s%s", by, text) end

-- number of the student -> cookie, of the file's text; raises danake.cookies with every line that is wrong.
function M.parse(text)
  local of, owner, problems, number = {}, {}, {}, 0
  for line in (text == "" and "" or text:find "\n$" and text or text .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    local cookie, uid = line:match "^([%w_-]+)\t([^\t]+);$"
    -- What is wrong is said without the line: cookies are secret.
    local wrong
    if not cookie or #cookie < 16 then
      wrong = "it is not a cookie of 16 characters or more, a tab, a student's number and a semicolon"
    elseif of[uid] then
      wrong = ("'%s' has a cookie already"):format(uid)
    elseif owner[cookie] then
      wrong = ("'%s' has the cookie of '%s'"):format(uid, owner[cookie])
    else
      of[uid], owner[cookie] = cookie, uid
    end
    if wrong then problems[#problems + 1] = ("line %d: %s"):format(number, wrong) end
  end
  if #problems > 0 then
    rb.fail("danake.cookies", "the cookies are damaged:\n  " .. table.concat(problems, "\n  "), {
      hint = "mend the file, or put it aside: then all students get new cookies", context = { problems = table.concat(problems, "\n") },
    })
  end
  return of
end

-- Reads the file, if there is one.
function M.read(here, path)
  return here:find(path) and M.parse(here:read(path)) or {}
end

-- The file with a cookie for every student: its content, a secret, and how many were added.
function M.complete(here, path, students)
  local has = M.read(here, path)
  local existing = here:find(path) and here:read(path, { secret = true }) or nil
  local added, lines = 0, {}
  for _, student in ipairs(students) do
    if not has[student.uid] then
      added = added + 1
      lines[#lines + 1] = crypto.random_secret(32) .. ("\t%s;\n"):format(student.uid)
    end
  end
  if added == 0 then return existing, 0 end
  if existing and not here:read(path):find "\n$" then table.insert(lines, 1, "\n") end
  return (existing or "") .. table.concat(lines), added
end

-- What a browser of that student sends; a secret.
function M.header(cookie) return hidden("danake_routing=" .. cookie, crypto.random_secret(1)) end

return M

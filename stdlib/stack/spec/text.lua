-- SPDX-License-Identifier: Apache-2.0
-- Stack files given as text, for specs.
local stack = require "stack"
local M = {}

local function world(files)
  local placed = {}
  for name, content in pairs(files) do placed["/srv/app/" .. name] = content end
  simulate { machine = { files = placed } }
end

-- The model of stack.yml; `others` are files beside it.
function M.load(text, options, others)
  local files = { ["stack.yml"] = text }
  for name, content in pairs(others or {}) do files[name] = content end
  world(files)
  return stack.load("/srv/app/stack.yml", options)
end

-- The model of a.yml with b.yml over it.
function M.merged(first, second, options)
  world { ["a.yml"] = first, ["b.yml"] = second }
  return stack.load({ "/srv/app/a.yml", "/srv/app/b.yml" }, options)
end

local function refused(run) return assert.has_error(run, "stack.invalid").message end
function M.refusal(...)
  local given = table.pack(...)
  return refused(function() M.load(table.unpack(given, 1, given.n)) end)
end
function M.refusal_of_both(...)
  local given = table.pack(...)
  return refused(function() M.merged(table.unpack(given, 1, given.n)) end)
end

-- A file of one service with an image and these keys, which begin at line 4; below it, other sections.
function M.around(keys, sections) return "services:\n  web:\n    image: nginx\n" .. keys:gsub("[^\n]+", "    %0") .. "\n" ..
  (sections or "") end
function M.service(keys, options, others)
  local web = M.load(M.around(keys), options, others).services.web
  web.image = nil
  return web
end
function M.problem(keys, options, others) return M.refusal(M.around(keys), options, others) end

return M

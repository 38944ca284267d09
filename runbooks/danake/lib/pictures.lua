-- SPDX-License-Identifier: Apache-2.0
-- The directory in which the auth service keeps what it knows of each student. It is on the node where that service runs, so it is
-- reached inside its container; names of files are made of numbers of the list, and of nothing else.
local machine = require "machine"
local site = require "site"

local M = {}

function M.inside(engine, p)
  local task = site.only_task(engine, p.stack .. "_auth")
  local its_engine = site.engine_of(engine, p, task.node)
  return machine.container(its_engine, task.container_id)
end

function M.preauth_path(uid) return "/pictures/" .. uid .. ".preauth" end

-- The numbers of those who are let in without a picture, sorted.
function M.preauthorised(inside)
  local uids = {}
  for _, entry in ipairs(inside:list "/pictures") do uids[#uids + 1] = entry.name:match "^(.+)%.preauth$" end
  return uids
end

return M

-- SPDX-License-Identifier: Apache-2.0
local M, internal = ...

function M.sqlite(path)
  if type(path) ~= "string" or path == "" then
    internal.fail("argument.invalid", ("db.sqlite: 'path' must be a path, got %s"):format(type(path)))
  end
  if path:sub(1, 1) ~= "/" then
    path = internal.base .. "/" .. path
  end
  return internal.handle("Sqlite", path)
end

-- A call opens the database and closes it again, so nothing is left to close.
local Sqlite = internal.class("Sqlite")
function Sqlite.close() end

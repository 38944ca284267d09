-- SPDX-License-Identifier: Apache-2.0
-- What the db module promises to scripts. It needs --allow 'db=*'.
local db = require "db"

local function code_of(run, ...)
  local ok, err = pcall(run, ...)
  return not ok and err.code or nil
end

describe("db.sqlite", function()
  local directory, app

  before_each(function()
    directory = temp_directory()
    app = db.sqlite(directory .. "/app.db")
    app:exec("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT UNIQUE)", nil, { create = true })
  end)

  it("gives rows as tables, without keys for NULL", function()
    app:exec("INSERT INTO users (id, name) VALUES (?, ?), (?, ?)", { 1, "Ann", 2, "Bob" })
    app:exec "INSERT INTO users (id) VALUES (3)"
    local rows = app:query "SELECT * FROM users ORDER BY id"
    assert.are.same({ { id = 1, name = "Ann" }, { id = 2, name = "Bob" }, { id = 3 } }, rows)
  end)

  it("takes parameters by name", function()
    app:exec("INSERT INTO users (name) VALUES (:name)", { name = "Ann" })
    assert.are.equal(1, #app:query("SELECT * FROM users WHERE name = :name", { name = "Ann" }))
  end)

  it("does not write in a query", function()
    assert.are.equal("db.readonly", code_of(app.query, app, "DELETE FROM users"))
  end)

  it("tells what an exec changed", function()
    local result = app:exec "INSERT INTO users (name) VALUES ('Ann')"
    assert.are.equal(1, result.changes)
    assert.is_true(result.changed)
    assert.is_false(app:exec("DELETE FROM users WHERE id = 99").changed)
  end)

  it("says what is wrong by a code", function()
    assert.are.equal("db.syntax", code_of(app.query, app, "SELEC 1"))
    assert.are.equal("db.not_found", code_of(app.query, db.sqlite(directory .. "/none.db"), "SELECT 1"))
    app:exec "INSERT INTO users (name) VALUES ('Ann')"
    assert.are.equal("db.constraint", code_of(app.exec, app, "INSERT INTO users (name) VALUES ('Ann')"))
  end)

  it("makes a backup that can be opened", function()
    app:exec "INSERT INTO users (name) VALUES ('Ann')"
    local copy = app:backup(directory .. "/copy.db")
    assert.are.equal(64, #copy.sha256)
    assert.are.same({ { name = "Ann" } }, db.sqlite(copy.path):query "SELECT name FROM users")
  end)
end)

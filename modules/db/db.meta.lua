---@meta db

---An SQLite database: a file. Each call opens it and closes it again.
---@class db.Sqlite
local Sqlite = {}

---@class db.QueryOptions
---@field timeout? number|string  Seconds the statement may take, waiting for locks included. Default: 30.

---@class db.ExecOptions
---@field create? boolean         Whether to make the file where there is none. Default: false.
---@field timeout? number|string  Seconds the statements may take, waiting for locks included. Default: 30.

---@class db.ExecResult
---@field changes integer    Rows inserted, changed or deleted.
---@field last_id integer    Row id of the last row inserted.
---@field changed boolean    Whether rows or the schema changed.

---@class db.BackupOptions
---@field timeout? number|string  Seconds the backup may take. Default: 600.

---@class db.Backup
---@field path string        Where it is.
---@field bytes integer      Size in bytes.
---@field pages integer      Number of pages.
---@field sha256 string      SHA-256 of the file, in hex.

local db = {}

---Describes an SQLite database; nothing is opened until it is used.
---
---Errors: `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: SQLite.
---
---```lua
---local app = db.sqlite "/var/lib/app/app.db"
---```
---@param path string  File of the database; a relative one is beside the runbook.
---@return db.Sqlite database  A handle.
function db.sqlite(path) end

---Reads rows. The connection is read-only: a statement that writes is refused by SQLite itself.
---
---Columns are keys of the rows; NULL is an absent key, a blob a string of its bytes.
---
---Errors: `db.not_found`, `db.readonly`, `db.syntax`, `db.sql`, `db.locked`, `db.corrupt`, `db.timeout`, `db.too_large`, `db.forbidden`, `db.open`, `db.permission`, `db.io`, `argument.invalid`.
---Permission: `db`: `query` on `sqlite:PATH`. Waits: yes. Since: 0.1.
---Source: SQLite.
---
---```lua
---for _, row in ipairs(app:query("SELECT name FROM users WHERE id > ?", { 100 })) do print(row.name) end
---```
---@param sql string  One statement.
---@param params? any[]|table<string, any>  Values of `?` in order, or of `:name` by name; they may be secrets.
---@param options? db.QueryOptions  Limits.
---@return table[] rows  The rows.
function Sqlite:query(sql, params, options) end

---Runs statements that change the database. Several are one transaction.
---
---A run that was broken off cannot tell whether it happened: its step needs a `check` or `idempotent = true`.
---
---Errors: `db.not_found`, `db.constraint`, `db.syntax`, `db.sql`, `db.locked`, `db.corrupt`, `db.readonly`, `db.timeout`, `db.full`, `db.forbidden`, `db.open`, `db.permission`, `db.io`, `argument.invalid`.
---Permission: `db`: `exec` on `sqlite:PATH`. Waits: yes. Since: 0.1.
---Source: SQLite.
---
---```lua
---app:exec("UPDATE users SET active = ? WHERE id = ?", { true, 7 })
---```
---@param sql string  One statement, or several without parameters.
---@param params? any[]|table<string, any>  Values of `?` in order, or of `:name` by name; they may be secrets.
---@param options? db.ExecOptions  How.
---@return db.ExecResult result  What changed.
function Sqlite:exec(sql, params, options) end

---Copies the database into a file while others use it, checks the copy, and only then puts it in place.
---
---The copy is one file that needs no journal beside it, readable by its owner only. A file that is there is replaced.
---
---Errors: `db.not_found`, `db.corrupt`, `db.locked`, `db.timeout`, `db.full`, `db.permission`, `db.io`, `db.open`.
---Permission: `db`: `backup` on `sqlite:PATH`, and `write` of the destination. Waits: yes. Since: 0.1.
---Source: SQLite online backup.
---
---```lua
---local copy = app:backup "/var/backups/app.db"
---```
---@param destination string  File to make; a relative one is beside the runbook.
---@param options? db.BackupOptions  Limits.
---@return db.Backup backup  What was made.
function Sqlite:backup(destination, options) end

---Says that the handle is not needed any more.
---
---Errors: none.
---Permission: none. Waits: no. Since: 0.1.
---Source: none.
---
---```lua
---app:close()
---```
function Sqlite:close() end

return db

-- SPDX-License-Identifier: Apache-2.0
---@meta log

---Messages with a level and fields, kept with the run and shown in `runbook logs`. Secrets in them are shown as `***`.
local log = {}

---Logs what only matters when something is being looked into.
---
---Errors: `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's events.
---
---```lua
---log.debug("asked the registry", { tags = 12 })
---```
---@param message any                   Message.
---@param fields? table<string, any>    What belongs to it, by name.
function log.debug(message, fields) end

---Logs what is worth knowing.
---
---Errors: `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's events.
---
---```lua
---log.info("switched", { from = "blue", to = "green" })
---```
---@param message any                   Message.
---@param fields? table<string, any>    What belongs to it, by name.
function log.info(message, fields) end

---Logs what somebody should look at.
---
---Errors: `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's events.
---
---```lua
---log.warn("the certificate expires soon", { days = 5 })
---```
---@param message any                   Message.
---@param fields? table<string, any>    What belongs to it, by name.
function log.warn(message, fields) end

---Logs what went wrong. It does not stop the run: `error` does.
---
---Errors: `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's events.
---
---```lua
---log.error("one node did not answer", { node = "node3" })
---```
---@param message any                   Message.
---@param fields? table<string, any>    What belongs to it, by name.
function log.error(message, fields) end

return log

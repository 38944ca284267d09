-- SPDX-License-Identifier: Apache-2.0
---@meta net

---What is reached below HTTP: whether somebody listens. To wait for it, use `health.tcp`.
local net = {}

---@class net.ProbeOptions
---@field timeout? number|string  Time for the name and the connection, in seconds or as "5s". Default: 5.

---Connects and hangs up at once: somebody takes connections there, or this is an error.
---
---Errors: `net.connect`, `net.resolve`, `net.timeout` (all retryable), `argument.invalid`.
---Permission: `net: tcp://host:port` or `net: unix:///path`. Waits: yes. Since: 0.1.
---Source: runbook's own.
---
---```lua
---net.probe("tcp://127.0.0.1:5432", { timeout = "2s" })
---```
---@param target string              `tcp://HOST:PORT` or `unix:///PATH`.
---@param options? net.ProbeOptions  How long it may take.
---@return boolean listens           True.
function net.probe(target, options) end

return net

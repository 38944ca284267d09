-- SPDX-License-Identifier: Apache-2.0
---@meta health

---Waiting for health, as clients see it.
local health = {}

---@class health.HttpOptions
---@field url string              URL to ask.
---@field status? integer         Status that counts as healthy. Default: 200.
---@field timeout? number|string  Time to wait, in seconds or as "5m". Default: 60.
---@field every? number|string    Time between two looks, in seconds or as "1s". Default: 0.5.
---@field match? function         Given the response, says whether it is the right one.
---@field evidence? function      Gives what the error shows when the time is over.

---Waits until a URL answers as it should.
---
---Errors: `wait.timeout`, `argument.invalid`.
---Permission: `net: scheme://host[:port]`. Waits: yes. Since: 0.1.
---Source: runbook's own.
---
---```lua
---health.http { url = "http://127.0.0.1:8080/healthz", timeout = "1m" }
---```
---@param options health.HttpOptions  What to ask, and for how long.
---@return http.Response response     The answer.
function health.http(options) end

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

---@class health.TcpOptions
---@field target string           `tcp://HOST:PORT` or `unix:///PATH`.
---@field timeout? number|string  Time to wait, in seconds or as "5m". Default: 60.
---@field every? number|string    Time between two looks, in seconds or as "1s". Default: 0.5.
---@field evidence? function      Gives what the error shows when the time is over.

---Waits until somebody takes connections there, whatever they speak.
---
---Errors: `wait.timeout`, `argument.invalid`.
---Permission: `net: tcp://host:port` or `net: unix:///path`. Waits: yes. Since: 0.1.
---Source: runbook's own.
---
---```lua
---health.tcp { target = "tcp://127.0.0.1:5432", timeout = "1m" }
---```
---@param options health.TcpOptions  Where, and for how long.
---@return boolean listens           True.
function health.tcp(options) end

---@class health.ContainerOptions
---@field engine docker.Engine    Where it is.
---@field name string             Name of the container.
---@field timeout? number|string  Time to wait. Default: 60.
---@field every? number|string    Time between two looks, where it has no health check. Default: 0.5.
---@field steady? number|string   How long it has to run, where it has no health check. Default: 3.

---Waits until a container is healthy: as its health check says, or, where it has none, until it has run for a while.
---
---The error has its last log lines as `context.log`.
---
---Errors: `docker.unhealthy`, `docker.not_found`, `docker.timeout`, `wait.timeout`, `argument.invalid`; those of `docker`.
---Permission: `docker`: `container.get:NAME`, `container.wait_healthy:NAME`, `container.logs:NAME`. Waits: yes. Since: 0.1.
---Source: runbook's own.
---
---```lua
---health.container { engine = engine, name = "web", timeout = "1m" }
---```
---@param options health.ContainerOptions  Which one, and for how long.
---@return docker.Container container      As it is then.
function health.container(options) end

---@class health.ServiceOptions
---@field engine docker.Engine    A manager of the swarm.
---@field name string|string[]    Name of the service; several are waited for at once.
---@field timeout? number|string  Time to wait. Default: 60.
---@field monitor? number|string  How long its tasks have to run. Default: 5.

---Waits until services run as they are described, in the number that is wanted.
---
---The error says what the tasks say, with their last log lines; an update that was rolled back is one, too.
---
---Errors: `docker.rollback`, `docker.update_paused`, `docker.timeout`, `docker.not_found`, `argument.invalid`; those of `docker`.
---Permission: `docker`: `service.wait:NAME`. Waits: yes. Since: 0.1.
---Source: runbook's own.
---
---```lua
---health.service { engine = engine, name = { "site_web", "site_db" }, timeout = "2m" }
---```
---@param options health.ServiceOptions  Which ones, and for how long.
---@return docker.Service[] services     As they are then.
function health.service(options) end

-- SPDX-License-Identifier: Apache-2.0
---@meta bluegreen

---Two twins of a service behind one front.
local bluegreen = {}

---@class bluegreen.Service
---@field prepare function  Makes what both twins need.
---@field serving function  Gives the colour that the front points at, or nil.
---@field current function  Says whether a colour already runs the wanted release.
---@field start function    Starts a colour beside the other.
---@field wait function     Returns when a colour is healthy, raises when it does not become so.
---@field front function    Puts the front in place.
---@field switch function   Points the front at a colour.
---@field prove function    Observes through the front that a colour serves.
---@field retire function   Stops a colour that no longer serves.
---@field remove function   Takes away a colour that failed.

---@class bluegreen.Options
---@field colours? string[]  Names of the twins. Default: "blue" and "green".
---@field doc? string        Manual that the steps perform.

---Deploys a release: starts the new twin, proves it, switches to it, retires the old one. Changes nothing where the serving
---twin already runs the release.
---
---Errors: those of the service's functions, `argument.invalid`.
---Permission: those of the service's functions. Waits: yes. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local colour = bluegreen.deploy(service)
---```
---@param service bluegreen.Service   The service.
---@param options? bluegreen.Options  Options.
---@return string colour              The colour that serves.
---@return boolean switched           Whether it is a new one.
function bluegreen.deploy(service, options) end

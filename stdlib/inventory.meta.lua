-- SPDX-License-Identifier: Apache-2.0
---@meta inventory

---Hosts, the groups they are in, and what is known of them.
local inventory = {}

---@class inventory.Host
---@field name string                What the inventory calls it.
---@field address string             "[user@]host[:port]"; its name, where the inventory gives none.
---@field here? boolean              True where the host is this computer.
---@field vars table<string, any>    Its variables: its own over those of its groups over those of all.
---@field ssh table<string, any>     Options for the connection, found in the same way.
---@field groups string[]            Names of the groups that it is in, in the order of the inventory.
local Host = {}

---@class inventory.Inventory
---@field hosts inventory.Host[]                    All hosts, in the order of the file; of a table, by name.
---@field groups table<string, table<string, true>> Names of hosts, by group.
---@field source string                             Name of the file.
local Inventory = {}

---Reads an inventory.
---
---A file is the same in YAML or JSON, a function gives such a table. `hosts`, `groups`, `vars` and `ssh` are its keys; a host
---has `address` (its name, where it is left out) or `here = true` for this computer, `vars`, and `ssh`: options of
---`machine.ssh`, of which `password` and `passphrase` must be secrets; a group has `hosts`, `children` (other groups), `vars` and `ssh`.
---
---A variable of a host is over that of a group, that of a group over the one of a group around it, and that over one of
---all. Unknown keys and options, bad addresses, unknown hosts and groups, duplicates, and groups that contain themselves are
---refused, all at once, each with its line. The file that --inventory names is read in place of the given one.
---
---Errors: `inventory.invalid`, `inventory.missing`, `argument.invalid`; those of `machine.read`.
---Permission: `read` with the path of the file; none for the one of --inventory. Waits: yes. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local site = inventory.load {
---  vars = { port = 80 },
---  hosts = { web1 = { address = "deploy@10.0.0.1:2222" }, web2 = { vars = { port = 8080 } }, me = { here = true } },
---  groups = { web = { hosts = { "web1", "web2" }, ssh = { user = "deploy" } }, site = { children = { "web" }, vars = { region = "eu" } } },
---}
---```
---@param source? string|table|function     File, or the table itself, or what gives it. Default: the file of --inventory.
---@return inventory.Inventory inventory    What is in it.
function inventory.load(source) end

---Gives the hosts that a pattern names, in the order of the inventory.
---
---A pattern is names of hosts and groups, "all", and globs (`web*`, `db?`, `[a-c]1`), joined by "," or ":"; "!x" takes away
---what x names, "&x" keeps only what x names too, wherever they stand: "web:&europe:!web7". With --limit, only hosts that it
---names too are given. A name that is not there, and a choice in which there is no host, are errors.
---
---Errors: `inventory.unknown`, `inventory.empty`, `inventory.pattern`, `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's own.
---
---```lua
---for _, host in ipairs(inventory.load("hosts.yaml"):list("web:!web7")) do print(host.name, host.vars.port) end
---```
---@param pattern? string           Which hosts. Default: all.
---@return inventory.Host[] hosts   The hosts.
function Inventory:list(pattern) end

---Gives the host of a name, whatever --limit says.
---
---Errors: `inventory.unknown`.
---Permission: none. Waits: no. Since: 0.1.
---Source: runbook's own.
---
---```lua
---local first = inventory.load("hosts.yaml"):get("web1")
---```
---@param name string             Its name.
---@return inventory.Host host    The host.
function Inventory:get(name) end

---Gives the machine that a host is, always the same one; its first use connects.
---
---Errors: none.
---Permission: none; what is done there has its own. Waits: no. Since: 0.1.
---Source: runbook's own.
---
---```lua
---inventory.load("hosts.yaml"):get("web1"):machine():query({ "uptime" })
---```
---@return machine.Machine machine  The machine.
function Host:machine() end

return inventory

---@meta _

---@class docker.Engine
local Engine = {}

---@class docker.NetworkSpec
---@field driver? string      Driver. Default: "bridge".
---@field labels? table<string, string> Labels.
---@field options? table<string, string> Options of the driver.
---@field internal? boolean   Whether it has no way out. Default: false.
---@field attachable? boolean Whether containers may be connected by hand. Default: false.
---@field ipv6? boolean       Whether it has IPv6 too. Default: false.
---@field subnet? string      Addresses: "10.20.0.0/24". Default: the engine chooses.
---@field gateway? string     Address of the gateway, within the subnet.
---@field ip_range? string    Part of the subnet that containers get addresses from.
---@field more_subnets? string[] Further subnets.
---@field ipam_driver? string Who gives out addresses. Default: "default".

---@class docker.Network
---@field id string           Id, 64 characters.
---@field name string         Name.
---@field driver string       Driver.
---@field internal boolean    Whether it has no way out.
---@field attachable boolean  Whether containers may be connected by hand.
---@field ipv6 boolean        Whether it has IPv6.
---@field labels table<string, string> Labels.
---@field options table<string, string> Options of the driver.
---@field subnets string[]    Addresses.
---@field containers string[] Names of the running containers on it; not in a list.
---@field changed? boolean    Whether the call changed anything.
---@field raw table           All that the engine says.

---@class docker.NetworkFilter
---@field labels? table<string, string> Labels that it must have.
---@field driver? string      Driver that it must have.

---@class docker.VolumeSpec
---@field driver? string      Driver. Default: "local".
---@field labels? table<string, string> Labels.
---@field options? table<string, string> Options of the driver.

---@class docker.Volume
---@field name string         Name.
---@field driver string       Driver.
---@field labels table<string, string> Labels.
---@field options table<string, string> Options of the driver.
---@field path string         Where its files are on the engine's machine.
---@field created? string     Time of its creation, RFC 3339.
---@field changed? boolean    Whether the call changed anything.
---@field raw table           All that the engine says.

---@class docker.VolumeFilter
---@field labels? table<string, string> Labels that it must have.
---@field driver? string      Driver that it must have.

---Creates a network.
---
---Errors: `docker.conflict`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `network.create:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /networks/create`.
---
---```lua
---engine:network_create("front", { internal = true })
---```
---@param name string  Name of the network.
---@param spec? docker.NetworkSpec  What it is to be.
---@return docker.Network network  The network.
function Engine:network_create(name, spec) end

---Creates a network, unless there is one that is as described.
---
---Only what the description names is compared. A network cannot be changed: one that differs is an error, with what differs as
---`context.diff`.
---
---Errors: `docker.conflict`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `network.ensure:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /networks/create`.
---
---```lua
---local network, changed = engine:network_ensure("front")
---```
---@param name string  Name of the network.
---@param spec? docker.NetworkSpec  What it is to be.
---@return docker.Network network  The network.
---@return boolean changed  False where it was there.
function Engine:network_ensure(name, spec) end

---Reads a network.
---
---Errors: `docker.not_found`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `network.get:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /networks/{id}`.
---
---```lua
---print(engine:network_get("front").subnets[1])
---```
---@param name string  Name of the network.
---@return docker.Network network  The network.
function Engine:network_get(name) end

---Reads a network, if there is one.
---
---Errors: `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `network.find:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /networks/{id}`.
---
---```lua
---local network = engine:network_find("front")
---```
---@param name string  Name of the network.
---@return docker.Network? network  The network, or nil.
function Engine:network_find(name) end

---Lists networks.
---
---Errors: `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `network.list`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /networks`.
---
---```lua
---for _, network in ipairs(engine:network_list()) do print(network.name) end
---```
---@param filter? docker.NetworkFilter  Which ones. Default: all.
---@return docker.Network[] networks  The networks.
function Engine:network_list(filter) end

---Removes a network; one that is absent is no error.
---
---Errors: `docker.conflict`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `network.remove:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `DELETE /networks/{id}`.
---
---```lua
---engine:network_remove("front")
---```
---@param name string  Name of the network.
---@return docker.Changed result  Whether anything changed.
function Engine:network_remove(name) end

---Creates a volume.
---
---Errors: `docker.conflict`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `volume.create:NAME`, and `write` of the path that the option `device` names. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /volumes/create`.
---
---```lua
---engine:volume_create("data")
---```
---@param name string  Name of the volume.
---@param spec? docker.VolumeSpec  What it is to be.
---@return docker.Volume volume  The volume.
function Engine:volume_create(name, spec) end

---Creates a volume, unless there is one that is as described.
---
---Only what the description names is compared. One that differs is an error, with what differs as `context.diff`.
---
---Errors: `docker.conflict`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `volume.ensure:NAME`, and `write` of the path that the option `device` names. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /volumes/create`.
---
---```lua
---local volume, changed = engine:volume_ensure("data", { labels = { app = "web" } })
---```
---@param name string  Name of the volume.
---@param spec? docker.VolumeSpec  What it is to be.
---@return docker.Volume volume  The volume.
---@return boolean changed  False where it was there.
function Engine:volume_ensure(name, spec) end

---Reads a volume.
---
---Errors: `docker.not_found`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `volume.get:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /volumes/{name}`.
---
---```lua
---print(engine:volume_get("data").path)
---```
---@param name string  Name of the volume.
---@return docker.Volume volume  The volume.
function Engine:volume_get(name) end

---Reads a volume, if there is one.
---
---Errors: `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `volume.find:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /volumes/{name}`.
---
---```lua
---local volume = engine:volume_find("data")
---```
---@param name string  Name of the volume.
---@return docker.Volume? volume  The volume, or nil.
function Engine:volume_find(name) end

---Lists volumes.
---
---Errors: `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `volume.list`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /volumes`.
---
---```lua
---for _, volume in ipairs(engine:volume_list()) do print(volume.name) end
---```
---@param filter? docker.VolumeFilter  Which ones. Default: all.
---@return docker.Volume[] volumes  The volumes.
function Engine:volume_list(filter) end

---Removes a volume and its data; one that is absent is no error.
---
---Errors: `docker.conflict`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `volume.remove:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `DELETE /volumes/{name}`.
---
---```lua
---engine:volume_remove("data")
---```
---@param name string  Name of the volume.
---@return docker.Changed result  Whether anything changed.
function Engine:volume_remove(name) end

---@meta _

---@class docker.Engine
local Engine = {}

---@class docker.Pruned
---@field removed string[]    What is gone: ids, or names of networks and volumes.
---@field freed integer       Bytes, as far as the engine tells.
---@field changed boolean     Whether anything is gone.

---@class docker.PruneFilter
---@field labels? table<string, string> Labels that they must have.
---@field older_than? number|string Seconds since their creation.

---@class docker.VolumePruneFilter
---@field labels? table<string, string> Labels that they must have.
---@field all? boolean        Also those with a name. Default: false.

---@class docker.EventOptions
---@field since? number       Unix seconds. Default: now.
---@field until? number       Unix seconds; one that is to come is waited for. Default: now.
---@field filters? table<string, string|string[]> What they must be: {type = "container", event = {"start", "die"}, container = NAME, label = "a=b"}.
---@field timeout? number|string Seconds to wait. Default: 86400.
---@field on_event? function  Called with each event as it comes.

---@class docker.Event
---@field type string         "container", "image", "network", "volume", "service", "node", ...
---@field action string       "create", "start", "die", "destroy", "health_status: healthy", ...
---@field id string           Id of what it happened to.
---@field name? string        Its name.
---@field attributes table<string, string> What else the engine says: labels, image, exitCode.
---@field time number         Unix seconds.
---@field scope? string       "local" or "swarm".

---@class docker.Usage
---@field count integer       Number of them.
---@field in_use integer      Number of those that are in use.
---@field size integer        Bytes.
---@field reclaimable integer Bytes of those that are not in use.

---@class docker.DiskUsage
---@field images docker.Usage Images.
---@field containers docker.Usage What containers have written.
---@field volumes docker.Usage Volumes.
---@field build_cache docker.Usage Cache of the builder.
---@field raw table           All that the engine says.

---Removes containers that do not run.
---
---Errors: `docker.conflict` (another prune is under way), `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.prune`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /containers/prune`.
---
---```lua
---engine:container_prune { labels = { job = "nightly" } }
---```
---@param filter? docker.PruneFilter  Which ones. Default: all.
---@return docker.Pruned result  What is gone.
function Engine:container_prune(filter) end

---Removes networks that no container is on.
---
---Errors: `docker.conflict` (another prune is under way), `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `network.prune`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /networks/prune`.
---
---```lua
---engine:network_prune()
---```
---@param filter? docker.PruneFilter  Which ones. Default: all.
---@return docker.Pruned result  What is gone.
function Engine:network_prune(filter) end

---Removes volumes that no container has, and their data: those without a name, whatever the engine's version would remove.
---
---Errors: `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `volume.prune`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /volumes`, `DELETE /volumes/{name}`.
---
---```lua
---engine:volume_prune { all = true, labels = { stack = "test" } }
---```
---@param filter? docker.VolumePruneFilter  Which ones.
---@return docker.Pruned result  What is gone.
function Engine:volume_prune(filter) end

---Reads what has happened on the engine, and waits for what happens until a given moment.
---
---Engines remember the last few hundred events; the last 10000 of this call are in its result, and `on_event` gets each of them.
---
---Errors: `argument.invalid`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `events`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /events`.
---
---```lua
---for _, event in ipairs(engine:events { since = time.now() - 600, filters = { event = "die" } }) do print(event.name) end
---```
---@param options? docker.EventOptions  Which ones.
---@return docker.Event[] events  The events, the oldest first.
function Engine:events(options) end

---Tells what of the engine's disk is taken. It looks at every file of every container: that may take minutes.
---
---Errors: `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `disk_usage`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /system/df`.
---
---```lua
---print(engine:disk_usage().images.reclaimable)
---```
---@return docker.DiskUsage usage  What is taken.
function Engine:disk_usage() end

---@meta docker

---A Docker Engine. It is reached when it is first used; its connections are kept until the run ends.
---@class docker.Engine
local Engine = {}

---@class docker.Changed
---@field name string         What was changed.
---@field changed boolean     Whether anything was changed.

---@class docker.WaitOptions
---@field timeout? number|string Seconds to wait.

---@class docker.Version
---@field version string      Version of the engine.
---@field api string          Version of the API that both sides speak.
---@field newest_api string   Newest version of the API that the engine speaks.
---@field oldest_api string   Oldest version of the API that the engine speaks.
---@field os string           Operating system.
---@field architecture string Architecture.
---@field kernel string       Version of the kernel.
---@field raw table           All that the engine says.

---@class docker.Info
---@field id string           Id of the engine.
---@field name string         Name of its machine.
---@field version string      Version of the engine.
---@field containers integer  Number of containers.
---@field running integer     Number of running containers.
---@field images integer      Number of images.
---@field storage_driver string Driver that keeps images and containers.
---@field cpus integer        Number of processors.
---@field memory integer      Memory in bytes.
---@field swarm string        "inactive", "active" ...
---@field raw table           All that the engine says.

local docker = {}

---Describes a Docker Engine; nothing is asked until it is used.
---
---The environment (`DOCKER_HOST`, contexts) is not looked at: what a runbook touches stands in the runbook.
---On another machine it is reached over SSH, by its socket there, or by `docker system dial-stdio` where sshd forwards no
---sockets; who logs in and how is up to `~/.ssh/config`, as for `machine.ssh`.
---
---Errors: `docker.unsupported`, `argument.invalid`.
---Permission: none. Waits: no. Since: 0.1.
---Source: Docker Engine API.
---
---```lua
---local engine <close> = docker.connect()
---```
---@param target? string  "unix:///path" of a socket, or "ssh://user@host". Default: "unix:///var/run/docker.sock".
---@return docker.Engine engine  A handle.
function docker.connect(target) end

---Says that the handle is not needed any more; a later use connects again.
---
---Errors: none.
---Permission: none. Waits: no. Since: 0.1.
---Source: none.
---
---```lua
---engine:close()
---```
function Engine:close() end

---Tells which version the engine has, and which version of its API is spoken.
---
---Errors: `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `version`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /version`.
---
---```lua
---print(engine:version().version)
---```
---@return docker.Version version  Versions of the engine.
function Engine:version() end

---Tells what the engine is and how much is on it.
---
---Errors: `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `info`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /info`.
---
---```lua
---print(engine:info().containers)
---```
---@return docker.Info info  State of the engine.
function Engine:info() end

return docker

---@meta _

---@class docker.Engine
local Engine = {}

---@class docker.CopyTo
---@field path? string        File or directory; a relative one is beside the runbook. With "/." at its end: what is in it. Either this or `content`.
---@field content? string|secret A text, in place of a file.
---@field to string           Path in the container.
---@field mode? string        Mode of the files: "0644". Default: that of each file; of a text "0644".
---@field uid? integer        Number of the owner. Default: 0.
---@field gid? integer        Number of the group. Default: 0.
---@field timeout? number|string Seconds it may take. Default: 3600.

---@class docker.CopiedTo
---@field name string         The container.
---@field path string         Where it is in the container.
---@field files integer       Number of files, directories and links.
---@field size integer        Bytes of their contents.
---@field changed boolean     False where the container had all of it, with these contents, modes and owners.

---@class docker.CopyFrom
---@field source string       Path in the container. With "/." at its end: what is in the directory.
---@field path string         Where to; a relative path is beside the runbook.
---@field follow? boolean     Whether a link is followed that `source` is. Default: false; with a slash at its end it always is.
---@field timeout? number|string Seconds it may take. Default: 3600.

---@class docker.CopiedFrom
---@field path string         Where it is.
---@field files integer       Number of files, directories and links.
---@field size integer        Bytes of their contents.
---@field skipped? integer    Number of devices and pipes, which are left out.
---@field changed boolean     False where all of it was there with these contents and modes.

---@class docker.SaveLogs
---@field path string         File to write; a relative one is beside the runbook.
---@field tail? integer       Only so many of the last lines.
---@field since? number       Only what was written since, in Unix seconds.
---@field until? number       Only what was written before, in Unix seconds.
---@field timestamps? boolean Whether to begin lines with their time. Default: false.
---@field follow? boolean     Whether to go on until the container ends. Default: false.
---@field timeout? number|string Seconds it may take. Default: 3600.

---@class docker.SavedLogs
---@field path string         The file.
---@field size integer        Its size in bytes.
---@field changed boolean     True: it was written.

---@class docker.TopOptions
---@field ps_args? string     Arguments of `ps` on the engine's machine. Default: "-ef".

---@class docker.Top
---@field titles string[]     Names of the columns.
---@field processes table<string, string>[] The processes, by these names: {UID = "root", PID = "4711", CMD = "app"}.

---@class docker.Stats
---@field cpu_percent number  Of one processor, over about a second.
---@field memory integer      Bytes, without the cache of files.
---@field memory_limit integer Bytes.
---@field memory_percent number Of the limit.
---@field network_received integer Bytes since it was started.
---@field network_sent integer Bytes since it was started.
---@field block_read integer  Bytes since it was started.
---@field block_written integer Bytes since it was started.
---@field processes integer   Number of processes and threads.
---@field raw table           All that the engine says.

---@class docker.ContainerUpdate
---@field memory? integer|string Memory: "512MiB". A limit for swap that the engine has set by itself goes along.
---@field memory_swap? integer|string Memory and swap together.
---@field cpus? number        Processors: 1.5.
---@field pids_limit? integer Processes and threads.
---@field restart? string     "no", "always", "unless-stopped", "on-failure" or "on-failure:3".

---@class docker.KillOptions
---@field signal? string      Signal: "HUP". Default: "KILL".

---@class docker.ConnectOptions
---@field aliases? string[]   Further names of the container on this network.
---@field ipv4? string        Its address.
---@field ipv6? string        Its address.

---@class docker.DisconnectOptions
---@field force? boolean      Also where the engine cannot tell the container. Default: false.

---Copies a file, a directory or a text into a container, running or not, unless it has it already.
---
---Where it ends up follows `docker cp`: a directory that is there gets the source put into it, under its own name; else it becomes
---`to`, whose parent must be there. Contents are compared, and streamed: memory stays flat whatever the size. A source that is a
---link is followed, links within it are copied.
---
---Errors: `docker.not_found`, `docker.conflict`, `docker.file`, `argument.invalid`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.copy_to:NAME` and `read` of the path. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `PUT /containers/{id}/archive`.
---
---```lua
---engine:container_copy_to("web", { path = "site/.", to = "/www" })
---engine:container_copy_to("web", { content = "ready\n", to = "/www/state", mode = "0644" })
---```
---@param name string  Name or id of the container.
---@param copy docker.CopyTo  What, and where to.
---@return docker.CopiedTo copied  What was copied.
function Engine:container_copy_to(name, copy) end

---Copies a file or a directory out of a container, running or not.
---
---Where it ends up follows `docker cp`. Each file appears when it is whole, and one that is the same is left alone; they belong to whoever
---runs this, so the bits that let a program change its user or group are not kept. Nothing is written outside the path, whatever
---the container has.
---
---Errors: `docker.not_found`, `docker.conflict`, `docker.file`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.copy_from:NAME` and `write` of the path. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /containers/{id}/archive`.
---
---```lua
---engine:container_copy_from("web", { source = "/var/log/app", path = "/srv/logs/web" })
---```
---@param name string  Name or id of the container.
---@param copy docker.CopyFrom  What, and where to.
---@return docker.CopiedFrom copied  What was copied.
function Engine:container_copy_from(name, copy) end

---Writes the logs of a container to a file: both streams, in their order.
---
---For logs of any size; `container_logs` keeps the last of them, and hands out lines.
---
---Errors: `docker.not_found`, `docker.file`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.logs_save:NAME` and `write` of the path. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /containers/{id}/logs`.
---
---```lua
---engine:container_logs_save("web", { path = "/srv/logs/web.log", since = time.now() - 86400 })
---```
---@param name string  Name or id of the container.
---@param options docker.SaveLogs  What, and where to.
---@return docker.SavedLogs saved  What was written.
function Engine:container_logs_save(name, options) end

---Tells which processes run in a container.
---
---Errors: `docker.not_found`, `docker.conflict` (it does not run), `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.top:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /containers/{id}/top`.
---
---```lua
---print(#engine:container_top("web").processes)
---```
---@param name string  Name or id of the container.
---@param options? docker.TopOptions  How.
---@return docker.Top top  Its processes.
function Engine:container_top(name, options) end

---Tells what a container takes: one sample, over about a second.
---
---Errors: `docker.not_found`, `docker.conflict` (it does not run), `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.stats:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /containers/{id}/stats`.
---
---```lua
---print(engine:container_stats("web").memory)
---```
---@param name string  Name or id of the container.
---@return docker.Stats stats  What it takes.
function Engine:container_stats(name) end

---Changes limits and the restart policy of a container that is there; only what differs is sent.
---
---`container_ensure` compares with the description that a container was made from, and does not see what was updated since.
---
---Errors: `docker.not_found`, `argument.invalid`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.update:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /containers/{id}/update`.
---
---```lua
---engine:container_update("web", { memory = "512MiB", cpus = 1.5 })
---```
---@param name string  Name or id of the container.
---@param update docker.ContainerUpdate  What it is to have.
---@return docker.Changed result  Whether anything changed.
function Engine:container_update(name, update) end

---Halts all processes of a container; one that is paused is left so.
---
---Errors: `docker.not_found`, `docker.conflict` (it does not run), `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.pause:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /containers/{id}/pause`.
---
---```lua
---engine:container_pause("web")
---```
---@param name string  Name or id of the container.
---@return docker.Changed result  Whether anything changed.
function Engine:container_pause(name) end

---Lets the processes of a paused container go on.
---
---Errors: `docker.not_found`, `docker.conflict` (it does not run), `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.unpause:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /containers/{id}/unpause`.
---
---```lua
---engine:container_unpause("web")
---```
---@param name string  Name or id of the container.
---@return docker.Changed result  Whether anything changed.
function Engine:container_unpause(name) end

---Sends a signal to the first process of a container; one that does not run is left so.
---
---Errors: `docker.not_found`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.kill:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /containers/{id}/kill`.
---
---```lua
---engine:container_kill("front", { signal = "HUP" })
---```
---@param name string  Name or id of the container.
---@param options? docker.KillOptions  How.
---@return docker.Changed result  Whether anything was sent.
function Engine:container_kill(name, options) end

---Puts a container on a network; one that is on it is left so, under whatever names.
---
---Errors: `docker.not_found`, `docker.conflict`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `network.connect:NETWORK` and `network.connect:CONTAINER`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /networks/{id}/connect`.
---
---```lua
---engine:network_connect("front", "web", { aliases = { "app" } })
---```
---@param name string  Name or id of the network.
---@param container string  Name or id of the container.
---@param options? docker.ConnectOptions  How.
---@return docker.Changed result  Whether anything changed.
function Engine:network_connect(name, container, options) end

---Takes a container off a network; one that is not on it is left so.
---
---Errors: `docker.not_found`, `docker.conflict`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `network.disconnect:NETWORK` and `network.disconnect:CONTAINER`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /networks/{id}/disconnect`.
---
---```lua
---engine:network_disconnect("front", "web")
---```
---@param name string  Name or id of the network.
---@param container string  Name or id of the container.
---@param options? docker.DisconnectOptions  How.
---@return docker.Changed result  Whether anything changed.
function Engine:network_disconnect(name, container, options) end

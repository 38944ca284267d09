---@meta _

---@class docker.Engine
local Engine = {}

---@class docker.ContainerSpec
---@field name string                      Name of the container.
---@field image string                     Image to make it from: a name with tag, or an id. It must be there; nothing is pulled.
---@field command? string[]                Program and arguments, in place of the image's.
---@field entrypoint? string[]             Entry point, in place of the image's.
---@field env? table<string, any>          Environment variables; values may be secrets.
---@field labels? table<string, string>    Labels. `runbook.spec` is set by this module.
---@field ports? (string|integer|docker.PortSpec)[] Published ports: "127.0.0.1:8080:80", "8080:80/udp", "80" or a table. Without an address it is every address of the machine.
---@field volumes? (string|docker.MountSpec)[] Mounts: "data:/var/lib/data", "/srv/www:/www:ro" or a table. What begins with a slash is a path of the engine's machine, which must exist; anything else is a volume, which is made where it is missing.
---@field tmpfs? string[]                  Paths in the container that are kept in memory.
---@field networks? string[]|table<string, string[]> Networks to be on: names, or names with aliases. Default: the engine's default network.
---@field aliases? string[]                Further names of the container on the networks, where those are a list.
---@field restart? string                  "no", "always", "unless-stopped", "on-failure" or "on-failure:COUNT". Default: "no".
---@field user? string                     User, and group after a colon, to run as.
---@field workdir? string                  Directory to run in.
---@field hostname? string                 Host name. Default: the beginning of the id.
---@field healthcheck? docker.HealthcheckSpec How the engine finds out whether it is healthy.
---@field memory? integer|string           Limit of memory in bytes, or text such as "512MiB".
---@field cpus? number                     Limit of processor time, in processors: 0.5.
---@field stop_signal? string              Signal that asks it to end. Default: the image's, else SIGTERM.
---@field stop_timeout? number|string      Seconds it may take to end before it is killed. Default: 10.
---@field init? boolean                    Whether an init process reaps its children.
---@field tty? boolean                     Whether it has a terminal.
---@field read_only? boolean               Whether its root file system is read-only.
---@field privileged? boolean              Whether it has every capability and device of the machine.
---@field cap_add? string[]                Capabilities to add: "NET_ADMIN".
---@field cap_drop? string[]               Capabilities to take away: "ALL".
---@field security_opt? string[]           Security options: "no-new-privileges".
---@field extra_hosts? table<string, string> Names and the addresses they have in the container.
---@field log_driver? string               Driver that keeps its output. Default: the engine's.
---@field log_options? table<string, string> Options of that driver.

---@class docker.EnsuredContainer: docker.ContainerSpec
---@field running? boolean                 Whether it is to run. Default: true.

---@class docker.PortSpec
---@field container integer  Port in the container.
---@field host? integer      Port on the machine. Default: one that the engine chooses.
---@field address? string    Address of the machine. Default: all.
---@field protocol? string   "tcp", "udp" or "sctp". Default: "tcp".

---@class docker.MountSpec
---@field target string      Absolute path in the container.
---@field source? string     Path of the machine, or name of a volume. Default: a volume without a name.
---@field readonly? boolean  Whether it cannot be written. Default: false.
---@field type? string       "bind", "volume" or "tmpfs". Default: by the source.

---@class docker.HealthcheckSpec
---@field test string|string[]        Program and arguments; a string is run by the container's shell.
---@field interval? number|string     Seconds between two checks. Default: 30.
---@field timeout? number|string      Seconds one check may take. Default: 30.
---@field start_period? number|string Seconds at the start in which failures do not count. Default: 0.
---@field retries? integer            Failures in a row that make it unhealthy. Default: 3.

---@class docker.Container
---@field id string           Id, 64 characters.
---@field name string         Name.
---@field image string        Image as it was named.
---@field image_id string     Id of the image.
---@field state string        "created", "running", "paused", "restarting", "exited" or "dead".
---@field running boolean     Whether it runs.
---@field health? string      "starting", "healthy" or "unhealthy", where it has a health check.
---@field exit_code integer   Exit code of its last end; 0 while it runs.
---@field error? string       Why the engine could not start it.
---@field created string      Time of its creation, RFC 3339.
---@field started? string     Time of its last start, RFC 3339.
---@field finished? string    Time of its last end, RFC 3339.
---@field restarts integer    How often its restart policy has started it again.
---@field labels table<string, string> Labels, with those of the image.
---@field ports docker.PortSpec[] Ports; those with `host` are published.
---@field networks table<string, table> Networks by name: {address, aliases}.
---@field mounts docker.MountSpec[] Mounts.
---@field raw table           All that the engine says.
---@field changed? boolean    Whether the call changed anything.

---@class docker.ContainerRow
---@field id string           Id, 64 characters.
---@field name string         Name.
---@field image string        Image as it was named.
---@field image_id string     Id of the image.
---@field state string        "created", "running", "paused", "restarting", "exited" or "dead".
---@field status string       The state for people: "Up 2 hours (healthy)".
---@field running boolean     Whether it runs.
---@field labels table<string, string> Labels.
---@field ports docker.PortSpec[] Ports.
---@field raw table           All that the engine says.

---@class docker.ContainerVerified
---@field exists boolean      Whether there is a container of that name.
---@field equal boolean       Whether it was made from this description and from the image that the name of the image means today.
---@field running boolean     Whether it runs.
---@field diff string         What differs, as a unified diff; secrets are hidden.
---@field container? docker.Container The container, where there is one.

---@class docker.ContainerFilter
---@field labels? table<string, string> Labels that it must have.
---@field state? string       State that it must be in. Default: any, stopped ones too.
---@field network? string     Network that it must be on.
---@field volume? string      Volume that it must mount.
---@field image? string       Image that it must be made from, or from one that is based on it.

---@class docker.RemoveOptions
---@field force? boolean      Kill a running container at once, in place of stopping it. Default: false.
---@field volumes? boolean    Remove its volumes without a name too. Default: false.
---@field stop_timeout? number|string Seconds it may take to end before it is killed. Default: its own.

---@class docker.StartOptions
---@field or_remove? boolean  Whether to remove the container where the engine refuses to start it. Default: false.

---@class docker.StopOptions
---@field stop_timeout? number|string Seconds it may take to end before it is killed. Default: its own, else 10.

---@class docker.LogOptions
---@field tail? integer       Lines from the end. Default: all.
---@field since? number       Unix seconds from which on. Default: the beginning.
---@field until? number       Unix seconds up to which. Default: the end.
---@field timestamps? boolean Whether each line begins with its time. Default: false.
---@field follow? boolean     Whether to go on until the container ends. Default: false.
---@field timeout? number|string Seconds the call may take. Default: 60.
---@field on_line? function   Called with {stream = "stdout"|"stderr", line = ...} for each line.

---@class docker.Log
---@field stdout string       What it printed.
---@field stderr string       What it printed as errors.
---@field output string       Both, in the order they came.
---@field truncated boolean   Whether only the last 4 MiB were kept.

---@class docker.ExecOptions
---@field env? table<string, any> Environment variables to add; values may be secrets.
---@field user? string        User to run as. Default: the container's.
---@field workdir? string     Directory to run in. Default: the container's.
---@field stdin? string       What the program reads; may be a secret. Default: nothing.
---@field stdin_file? string  File that it reads, of any size; a relative one is beside the runbook.
---@field stdout_file? string File that takes what it prints, of any size. It appears when the program has succeeded, and stays as it was otherwise.
---@field privileged? boolean Whether it has every capability. Default: false.
---@field check? boolean      Whether an exit code other than 0 is an error. Default: true.
---@field timeout? number|string Seconds it may take. Default: 600. What has not ended by then, or when the call is cancelled, is ended in the container, if that has a shell.
---@field on_line? function   Called with {stream = "stdout"|"stderr", line = ...} for each line.

---@class docker.ExecResult
---@field exit_code integer   Exit code.
---@field stdout string       What it printed, at most 64 MiB.
---@field stderr string       What it printed as errors, at most 64 MiB.
---@field stdout_file? string The file, where one was asked for.
---@field size? integer       Its size in bytes.

---@class docker.Exit
---@field name string         Name of the container.
---@field exit_code integer   Exit code.
---@field finished string     Time of its end, RFC 3339.

---Creates a container, which is not started.
---
---Errors: `docker.conflict`, `docker.not_found`, `argument.invalid`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.create:NAME`, `read` or `write` of each mounted path, `write: /` where it is privileged. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /containers/create`.
---
---```lua
---engine:container_create { name = "web", image = "app:1", ports = { "127.0.0.1:8080:80" } }
---```
---@param spec docker.ContainerSpec  What it is to be.
---@return docker.Container container  The new container.
function Engine:container_create(spec) end

---Brings a container to a description: creates it, replaces it by one that is as described, starts or stops it, or leaves it as it is.
---
---It is left alone where it was made from the same description and from the image that the name means today. A replacement is
---made beside the old container, which is stopped only then and comes back where the new one cannot be started.
---
---Errors: `docker.not_found`, `docker.conflict`, `argument.invalid`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.ensure:NAME`, `read` or `write` of each mounted path, `write: /` where it is privileged. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /containers/{id}/json`.
---
---```lua
---local container, changed = engine:container_ensure { name = "web", image = "app:2" }
---```
---@param spec docker.EnsuredContainer  What it is to be.
---@return docker.Container container  The container as it is afterwards.
---@return boolean changed  False where it was as described.
function Engine:container_ensure(spec) end

---Compares a container with a description, without changing anything.
---
---Errors: `docker.not_found`, `argument.invalid`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.verify:NAME` and `image.get:IMAGE`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /containers/{id}/json`.
---
---```lua
---if not engine:container_verify({ name = "web", image = "app:2" }).equal then print "differs" end
---```
---@param spec docker.ContainerSpec  What it is to be.
---@return docker.ContainerVerified verified  What is there and what differs.
function Engine:container_verify(spec) end

---Puts a new container in the place of the one of that name.
---
---What the old container wrote into its own file system is lost; volumes stay. Where the new one cannot be made or started, the
---old one stays or is started again. Where there is no old one, it is created. There is no way back to the old one: an undo
---names the change, and does not make another container like it.
---
---Errors: `docker.not_found`, `argument.invalid`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.replace:NAME` and `read` or `write` of each mounted path. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /containers/{id}/rename`.
---
---```lua
---engine:container_replace { name = "web", image = "app:2" }
---```
---@param spec docker.EnsuredContainer  What it is to be.
---@return docker.Container container  The new container.
function Engine:container_replace(spec) end

---Starts a container; one that runs is left as it is.
---
---Errors: `docker.not_found`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.start:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /containers/{id}/start`.
---
---```lua
---engine:container_start("web")
---```
---@param name string  Name or id of the container.
---@param options? docker.StartOptions  How.
---@return docker.Changed result  Whether anything changed.
function Engine:container_start(name, options) end

---Stops a container; one that does not run is left as it is.
---
---Errors: `docker.not_found`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.stop:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /containers/{id}/stop`.
---
---```lua
---engine:container_stop("web", { stop_timeout = "30s" })
---```
---@param name string  Name or id of the container.
---@param options? docker.StopOptions  How.
---@return docker.Changed result  Whether anything changed.
function Engine:container_stop(name, options) end

---Stops and starts a container.
---
---Errors: `docker.not_found`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.restart:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /containers/{id}/restart`.
---
---```lua
---engine:container_restart("web")
---```
---@param name string  Name or id of the container.
---@param options? docker.StopOptions  How.
---@return docker.Changed result  Whether anything changed.
function Engine:container_restart(name, options) end

---Removes a container, after having stopped it; one that is absent is no error.
---
---Errors: `docker.conflict`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.remove:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `DELETE /containers/{id}`.
---
---```lua
---engine:container_remove("web-old")
---```
---@param name string  Name or id of the container.
---@param options? docker.RemoveOptions  How.
---@return docker.Changed result  Whether anything changed.
function Engine:container_remove(name, options) end

---Gives a container another name.
---
---Errors: `docker.not_found`, `docker.conflict`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.rename:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /containers/{id}/rename`.
---
---```lua
---engine:container_rename("web", "web-old")
---```
---@param name string  Name or id of the container.
---@param new_name string  Its new name.
---@return docker.Changed result  Whether anything changed.
function Engine:container_rename(name, new_name) end

---Reads a container.
---
---Errors: `docker.not_found`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.get:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /containers/{id}/json`.
---
---```lua
---print(engine:container_get("web").state)
---```
---@param name string  Name or id of the container.
---@return docker.Container container  The container.
function Engine:container_get(name) end

---Reads a container, if there is one.
---
---Errors: `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.find:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /containers/{id}/json`.
---
---```lua
---local old = engine:container_find("web-old")
---```
---@param name string  Name or id of the container.
---@return docker.Container? container  The container, or nil.
function Engine:container_find(name) end

---Lists containers, stopped ones too.
---
---Errors: `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.list`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /containers/json`.
---
---```lua
---for _, container in ipairs(engine:container_list { labels = { app = "web" } }) do print(container.name) end
---```
---@param filter? docker.ContainerFilter  Which ones. Default: all.
---@return docker.ContainerRow[] containers  The containers.
function Engine:container_list(filter) end

---Reads what a container has written.
---
---Errors: `docker.not_found`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.logs:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /containers/{id}/logs`.
---
---```lua
---print(engine:container_logs("web", { tail = 20 }).output)
---```
---@param name string  Name or id of the container.
---@param options? docker.LogOptions  Which part.
---@return docker.Log log  What it has written.
function Engine:container_logs(name, options) end

---Runs a program in a running container and waits for its end.
---
---A run that was broken off cannot tell whether the program ended: its step needs a `check` or `idempotent = true`.
---
---Errors: `docker.not_found`, `docker.conflict`, `docker.exit`, `docker.too_large`, `argument.invalid`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.exec:NAME`, and `write: /` where it is privileged. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /containers/{id}/exec`.
---
---```lua
---print(engine:container_exec("database", { "pg_dump", "app" }).stdout)
---```
---@param name string  Name or id of the container.
---@param command string[]  Program and arguments.
---@param options? docker.ExecOptions  How.
---@return docker.ExecResult result  What it printed and its exit code.
function Engine:container_exec(name, command, options) end

---Waits until a container is healthy.
---
---Ends at once where the container ends, turns unhealthy or has no health check. The error has the last 20 lines of its log
---as `context.log`.
---
---Errors: `docker.not_found`, `docker.unhealthy`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.wait_healthy:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /containers/{id}/json`.
---
---```lua
---engine:container_wait_healthy("web", { timeout = "2m" })
---```
---@param name string  Name or id of the container.
---@param options? docker.WaitOptions  How long. Default: 120 seconds.
---@return docker.Container container  The healthy container.
function Engine:container_wait_healthy(name, options) end

---Waits until a container has ended.
---
---Errors: `docker.not_found`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `container.wait_exit:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /containers/{id}/json`.
---
---```lua
---assert(engine:container_wait_exit("migrate").exit_code == 0)
---```
---@param name string  Name or id of the container.
---@param options? docker.WaitOptions  How long. Default: 600 seconds.
---@return docker.Exit exit  How it ended.
function Engine:container_wait_exit(name, options) end

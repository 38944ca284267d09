---@meta docker

---A Docker Engine. It is reached when it is first used; its connections are kept until the run ends.
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

---@class docker.Changed
---@field name string         What was changed.
---@field changed boolean     Whether anything was changed.

---@class docker.RemoveOptions
---@field force? boolean      Kill a running container at once, in place of stopping it. Default: false.
---@field volumes? boolean    Remove its volumes without a name too. Default: false.
---@field stop_timeout? number|string Seconds it may take to end before it is killed. Default: its own.

---@class docker.StopOptions
---@field stop_timeout? number|string Seconds it may take to end before it is killed. Default: its own, else 10.

---@class docker.LogOptions
---@field tail? integer       Lines from the end. Default: all.
---@field since? number       Unix seconds from which on. Default: the beginning.
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
---@field privileged? boolean Whether it has every capability. Default: false.
---@field check? boolean      Whether an exit code other than 0 is an error. Default: true.
---@field timeout? number|string Seconds it may take. Default: 600. What has not ended by then goes on in the container.
---@field on_line? function   Called with {stream = "stdout"|"stderr", line = ...} for each line.

---@class docker.ExecResult
---@field exit_code integer   Exit code.
---@field stdout string       What it printed, at most 64 MiB.
---@field stderr string       What it printed as errors, at most 64 MiB.

---@class docker.WaitOptions
---@field timeout? number|string Seconds to wait.

---@class docker.Exit
---@field name string         Name of the container.
---@field exit_code integer   Exit code.
---@field finished string     Time of its end, RFC 3339.

---@class docker.BuildSpec
---@field tag string          Name of the image, with tag.
---@field context string      Directory with the files; a relative one is beside the runbook.
---@field dockerfile? string  The Dockerfile, relative to the context. Default: "Dockerfile".
---@field args? table<string, any> Build arguments. They can be read in the image's history: no place for secrets.
---@field labels? table<string, string> Labels. `runbook.context` is set by this module.
---@field stage? string       Stage of the Dockerfile to build. Default: the last.
---@field platform? string    Platform: "linux/arm64". Default: the engine's.
---@field network? string     Network of the commands that the build runs.
---@field no_cache? boolean   Whether to run every step again. Default: false.
---@field pull? boolean       Whether to look for newer base images. Default: false.
---@field timeout? number|string Seconds the build may take. Default: 1800.
---@field on_line? function   Called with {stream = "stdout", line = ...} for each line of the builder.

---@class docker.ImportSpec
---@field tag string          Name of the image, with tag.
---@field path? string        Tar archive with the file system; a relative one is beside the runbook. Either this or `content`.
---@field content? string     The archive itself.
---@field changes? string[]   Instructions of a Dockerfile to apply: 'CMD ["/bin/app"]'.
---@field timeout? number|string Seconds the import may take. Default: 600.

---@class docker.Image
---@field id string           Id: "sha256:...".
---@field tags string[]       Names with tags.
---@field digests? string[]   Names with digests.
---@field created? string     Time of its creation, RFC 3339.
---@field size integer        Size in bytes.
---@field labels table<string, string> Labels.
---@field architecture? string Architecture: "amd64".
---@field os? string          Operating system: "linux".
---@field tag? string         The tag that was asked for, after a build.
---@field context_hash? string Hash of the context and options, after a build.
---@field changed? boolean    Whether the call changed anything.
---@field raw table           All that the engine says.

---@class docker.ImageVerified
---@field exists boolean      Whether there is an image of that tag.
---@field equal boolean       Whether it was built from these files with these options.
---@field hash string         Hash of the files and options.
---@field image? docker.Image The image, where there is one.

---@class docker.ImageFilter
---@field labels? table<string, string> Labels that it must have.
---@field reference? string   Pattern that its name must fit: "app:*".

---@class docker.ImageRemoveOptions
---@field force? boolean      Remove it even where a stopped container uses it. Default: false.

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
---@return docker.Changed result  Whether anything changed.
function Engine:container_start(name) end

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

---Builds an image from a directory.
---
---A `.dockerignore` in the directory is honoured. Times and owners of the files do not count, so the same files give the same image
---wherever they are. The lines of a build that failed are in the error's `context.log`.
---
---Errors: `docker.build`, `docker.context`, `docker.file`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `image.build:NAME` and `read` of the context. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /build`.
---
---```lua
---engine:image_build { tag = "app:1", context = "app" }
---```
---@param spec docker.BuildSpec  What to build.
---@return docker.Image image  The image.
function Engine:image_build(spec) end

---Builds an image, unless the one of that tag was built from the same files with the same options.
---
---Errors: `docker.build`, `docker.context`, `docker.file`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `image.ensure:NAME` and `read` of the context. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /build`.
---
---```lua
---local image, changed = engine:image_ensure { tag = "app:1", context = "app" }
---```
---@param spec docker.BuildSpec  What to build.
---@return docker.Image image  The image.
---@return boolean changed  False where it was there.
function Engine:image_ensure(spec) end

---Compares an image with the files and options that it would be built from.
---
---Errors: `docker.context`, `docker.file`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `image.verify:NAME` and `read` of the context. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /images/{name}/json`.
---
---```lua
---print(engine:image_verify({ tag = "app:1", context = "app" }).equal)
---```
---@param spec docker.BuildSpec  What to build.
---@return docker.ImageVerified verified  What is there.
function Engine:image_verify(spec) end

---Makes an image of a tar archive of a file system.
---
---Errors: `docker.file`, `argument.invalid`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `image.import:NAME` and `read` of the path. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /images/create?fromSrc=-`.
---
---```lua
---engine:image_import { tag = "box:1", path = "rootfs.tar", changes = { 'CMD ["/bin/sh"]' } }
---```
---@param spec docker.ImportSpec  What to import.
---@return docker.Image image  The image.
function Engine:image_import(spec) end

---Gives an image one more name; a name that means another image is taken from it.
---
---Errors: `docker.not_found`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `image.tag:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /images/{name}/tag`.
---
---```lua
---engine:image_tag("app:1", "app:live")
---```
---@param name string  Name with tag, or id of the image.
---@param tag string  The name, with tag.
---@return docker.Image image  The image.
function Engine:image_tag(name, tag) end

---Reads an image.
---
---Errors: `docker.not_found`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `image.get:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /images/{name}/json`.
---
---```lua
---print(engine:image_get("app:1").id)
---```
---@param name string  Name with tag, or id of the image.
---@return docker.Image image  The image.
function Engine:image_get(name) end

---Reads an image, if there is one.
---
---Errors: `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `image.find:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /images/{name}/json`.
---
---```lua
---local image = engine:image_find("app:1")
---```
---@param name string  Name with tag, or id of the image.
---@return docker.Image? image  The image, or nil.
function Engine:image_find(name) end

---Lists images.
---
---Errors: `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `image.list`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /images/json`.
---
---```lua
---for _, image in ipairs(engine:image_list { reference = "app:*" }) do print(image.id) end
---```
---@param filter? docker.ImageFilter  Which ones. Default: all.
---@return docker.Image[] images  The images.
function Engine:image_list(filter) end

---Removes a name of an image, and the image with its last name; one that is absent is no error.
---
---Errors: `docker.conflict`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `image.remove:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `DELETE /images/{name}`.
---
---```lua
---engine:image_remove("app:1")
---```
---@param name string  Name with tag, or id of the image.
---@param options? docker.ImageRemoveOptions  How.
---@return docker.Changed result  Whether anything changed.
function Engine:image_remove(name, options) end

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

return docker

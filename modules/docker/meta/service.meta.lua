---@meta _

---@class docker.Engine
local Engine = {}

---@class docker.ServiceSpec
---@field name string         Name: letters, digits and "-", at most 63.
---@field spec? table         In place of all that follows but `auth`: the service as the Engine API describes it (`ServiceSpec`), as
---                           `stack.objects` gives it. Secrets and configs may be named without their ids.
---@field auth? docker.Auth   Credentials that the nodes are to pull its image with.
---@field image? string       Image. Required without `spec`.
---@field command? string[]   Program and arguments; of an image with an entrypoint its arguments.
---@field entrypoint? string[] Program to run in place of the image's own.
---@field env? table<string, any> Variables; values may be secrets.
---@field labels? table<string, string> Labels of the service.
---@field container_labels? table<string, string> Labels of its containers.
---@field hostname? string    Host name of its containers.
---@field user? string        User that runs the program.
---@field workdir? string     Working directory.
---@field tty? boolean        Whether it has a terminal.
---@field init? boolean       Whether an init process runs inside.
---@field read_only? boolean  Whether its file system cannot be written.
---@field stop_signal? string Signal that asks it to end.
---@field stop_timeout? number|string How long it may take to end.
---@field healthcheck? docker.HealthcheckSpec How the engine finds out whether it is healthy.
---@field networks? string[]|table<string, string[]> Networks, or networks with the aliases of the service there.
---@field ports? any[]        Published ports: "8080:80", or { target =, published =, protocol =, mode = "ingress" or "host" }.
---@field endpoint_mode? string "vip" (one address for all tasks) or "dnsrr" (the addresses of the tasks). Default: "vip".
---@field volumes? any[]      Mounts, as of a container: "data:/data:ro", or { source =, target =, readonly =, type = }.
---@field tmpfs? string[]     Paths that are in memory.
---@field secrets? any[]      Secrets: a name, or { secret =, target =, uid =, gid =, mode = "0400" }.
---@field configs? any[]      Configs: a name, or { config =, target =, uid =, gid =, mode = "0444" }.
---@field constraints? string[] On which nodes it may run: "node.labels.exam == yes". A node without the label differs from every value.
---@field spread? string[]    What its tasks are spread over: "node.labels.row".
---@field max_replicas_per_node? integer How many of its tasks a node may have.
---@field mode? string        "replicated", or "global": one task on each node. Default: "replicated".
---@field replicas? integer   How many tasks. Default: 1.
---@field resources? table    { limits = { cpus =, memory =, pids = }, reservations = { cpus =, memory = } }.
---@field restart? string|table When what ended is started again: "any", "on-failure" or "none", or { condition =, delay =, max_attempts =,
---                           window = }. Default: "any".
---@field update? docker.ServiceChange How it is updated.
---@field rollback? docker.ServiceChange How it is rolled back.
---@field cap_add? string[]   Capabilities to add.
---@field cap_drop? string[]  Capabilities to drop.
---@field extra_hosts? table<string, string> Names and their addresses.
---@field dns? string[]       Servers of names.
---@field sysctls? table<string, any> Settings of the kernel for its network.
---@field log_driver? string  What becomes of its output.
---@field log_options? table<string, string> Options of that.

---@class docker.ServiceChange
---@field parallelism? integer How many tasks at a time; 0: all. Default: 1.
---@field delay? number|string Pause between them.
---@field monitor? number|string How long a new task is watched. Default: "5s".
---@field failure_action? string "pause", "continue" or, of updates, "rollback". Default: "pause".
---@field max_failure_ratio? number Which part of the tasks may fail. Default: 0.
---@field order? string       "stop-first" or "start-first". Default: "stop-first".

---@class docker.ServicePort
---@field target integer      Port in the containers.
---@field published? integer  Port of the nodes.
---@field protocol string     "tcp", "udp" or "sctp".
---@field mode string         "ingress" (every node) or "host" (the node of the task).

---@class docker.ServiceUpdate
---@field state string        "updating", "paused", "completed", "rollback_started", "rollback_paused" or "rollback_completed".
---@field message? string     The engine's words.
---@field started? string     Time of its start, RFC 3339.
---@field completed? string   Time of its end, RFC 3339.

---@class docker.Service
---@field id string           Id.
---@field name string         Name.
---@field labels table<string, string> Labels of the service.
---@field image string        Image of its containers.
---@field mode string         "replicated", "global", "replicated-job" or "global-job".
---@field replicas? integer   How many tasks it is to have, where it is replicated.
---@field ports docker.ServicePort[] Ports.
---@field update? docker.ServiceUpdate Its last update.
---@field running? integer    How many tasks run; only in a list, and from version 1.41 of the API on.
---@field desired? integer    How many tasks are to run; only in a list, and from version 1.41 of the API on.
---@field version integer     Number of the last change in the swarm.
---@field created string      Time of its creation, RFC 3339.
---@field updated string      Time of its last change, RFC 3339.
---@field changed? boolean    Whether the call changed anything.
---@field raw table           All that the engine says.

---@class docker.ServiceVerification
---@field exists boolean      Whether there is a service of that name.
---@field equal boolean       Whether it is as described.
---@field diff string         What differs.
---@field service? docker.Service The service.

---@class docker.ServiceFilter
---@field labels? table<string, string> Labels that it must have.
---@field name? string        Name that it must have.
---@field mode? string        "replicated" or "global".

---@class docker.Task
---@field id string           Id.
---@field service_id string   Id of its service.
---@field service? string     Name of its service.
---@field node_id? string     Id of its node, where it has one yet.
---@field node? string        Name of its node.
---@field slot? integer       Which of the replicas it is.
---@field image string        Image of its container.
---@field state string        "new", "pending", "preparing", "starting", "running", "complete", "failed", "rejected" ...
---@field desired_state string What it is to be: "running", "shutdown", "ready" ...
---@field message? string     The engine's words on its state.
---@field error? string       Why it does not run.
---@field exit_code? integer  Exit code of its container, where that has ended.
---@field since? string       Since when it is in its state, RFC 3339.
---@field container_id? string Id of its container.
---@field labels table<string, string> Labels.
---@field version integer     Number of the last change in the swarm.
---@field created string      Time of its creation, RFC 3339.
---@field updated string      Time of its last change, RFC 3339.
---@field raw table           All that the engine says.

---@class docker.TaskFilter
---@field service? string     Name or id of its service.
---@field node? string        Name or id of its node.
---@field labels? table<string, string> Labels that it must have.
---@field desired_state? string "running", "shutdown" or "accepted".

---Creates a service.
---
---That it is created does not say that it runs.
---
---Errors: `argument.invalid`, `docker.conflict`, `docker.not_found`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `service.create:NAME`, and `write` (or `read`) of the paths that it mounts. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /services/create`.
---
---```lua
---engine:service_create {
---  name = "editor-anna", image = "editor:3", networks = { "exam" }, constraints = { "node.labels.exam == yes" },
---  secrets = { { secret = tls.name, target = "tls.key", mode = "0400" } },
---}
---```
---@param spec docker.ServiceSpec  What it is to be.
---@return docker.Service service  The service.
function Engine:service_create(spec) end

---Gives a service another description, whole.
---
---It is sent again where somebody else changes the service at the same time. How often it was restarted by force stays, unless the
---spec says otherwise; so do the credentials that its image is pulled with.
---
---Errors: `argument.invalid`, `docker.conflict`, `docker.not_found`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `service.update:NAME`, and `write` (or `read`) of the paths that it mounts. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /services/{id}/update`.
---
---```lua
---engine:service_update { name = "web", spec = spec }
---```
---@param spec docker.ServiceSpec  What it is to be.
---@return docker.Service service  The service.
function Engine:service_update(spec) end

---Brings a service to its description; nothing is sent where it is as described.
---
---What is compared is what the descriptions mean: the engine fills in what nobody asked for. The call does not wait for tasks.
---
---Errors: `argument.invalid`, `docker.conflict`, `docker.not_found`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `service.ensure:NAME`, and `write` (or `read`) of the paths that it mounts. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /services/create`, `POST /services/{id}/update`.
---
---```lua
---local web, changed = engine:service_ensure { name = "web", spec = spec }
---```
---@param spec docker.ServiceSpec  What it is to be.
---@return docker.Service service  The service.
---@return boolean changed  False where it was as described.
function Engine:service_ensure(spec) end

---Compares a service with a description.
---
---Errors: `argument.invalid`, `docker.not_found`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `service.verify:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /services/{id}`.
---
---```lua
---print(engine:service_verify({ name = "web", spec = spec }).diff)
---```
---@param spec docker.ServiceSpec  What it is to be.
---@return docker.ServiceVerification result  Whether it is there and equal, and what differs.
function Engine:service_verify(spec) end

---Reads a service.
---
---Errors: `docker.not_found`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `service.get:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /services/{id}`.
---
---```lua
---print(engine:service_get("web").image)
---```
---@param name string  Name or id of the service.
---@return docker.Service service  The service.
function Engine:service_get(name) end

---Reads a service, if there is one.
---
---Errors: `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `service.find:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /services/{id}`.
---
---```lua
---local web = engine:service_find("web")
---```
---@param name string  Name or id of the service.
---@return docker.Service? service  The service, or nil.
function Engine:service_find(name) end

---Lists services.
---
---Errors: `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `service.list`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /services`.
---
---```lua
---for _, one in ipairs(engine:service_list { labels = { exam = "2026" } }) do print(one.name) end
---```
---@param filter? docker.ServiceFilter  Which ones. Default: all.
---@return docker.Service[] services  The services.
function Engine:service_list(filter) end

---Removes a service; one that is absent is no error.
---
---Its containers end a little later.
---
---Errors: `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `service.remove:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `DELETE /services/{id}`.
---
---```lua
---engine:service_remove("web")
---```
---@param name string  Name or id of the service.
---@return docker.Changed result  Whether anything changed.
function Engine:service_remove(name) end

---Lists tasks, by service and replica, the newest first.
---
---Tasks that have ended are there for some time, with why they ended.
---
---Errors: `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `task.list`, or `task.list:SERVICE` where the filter names one. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /tasks`.
---
---```lua
---for _, task in ipairs(engine:task_list { service = "web" }) do print(task.node, task.state, task.error) end
---```
---@param filter? docker.TaskFilter  Which ones. Default: all.
---@return docker.Task[] tasks  The tasks.
function Engine:task_list(filter) end

---Reads a task.
---
---Errors: `docker.not_found`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `task.get:ID`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /tasks/{id}`.
---
---```lua
---print(engine:task_get(id).state)
---```
---@param id string  Id of the task.
---@return docker.Task task  The task.
function Engine:task_get(id) end

---@class docker.ServiceWaitOptions
---@field timeout? number|string Seconds to wait. Default: "5m".
---@field monitor? number|string How long they must have run without a change. Default: "5s".
---@field rollback? boolean|string[] Whether a rollback is what is waited for: of all of them, or of these. Default: false.
---@field on_progress? fun(event: { service: string, running: integer, desired: integer }) Called when a task has begun to run or ended.

---@class docker.ServiceLogOptions
---@field task? string        Id of one of its tasks. Default: all of them.
---@field tail? integer       Only this many last lines of each task.
---@field since? number       Only what was written from this time on, Unix seconds.
---@field timestamps? boolean Whether each line begins with its time. Default: false.
---@field follow? boolean     Whether to go on until the timeout. Default: false.
---@field timeout? number|string Seconds to wait. Default: "60s".
---@field on_line? fun(event: { stream: string, line: string, task: string, node: string }) Called for each line; `task` and `node` are ids.

---Waits until services run as described and stay so, all at once.
---
---That is: as many tasks of the newest description as are wanted run, healthy where they have a health check, none was replaced
---for the time of `monitor`, and the update is over; of jobs, that enough tasks have completed. An update that is rolled back or paused is an
---error, and so is a service whose tasks failed and are not started again. Errors have what the tasks say themselves in the message
---and as `context.tasks`, and the last lines of one that failed as `context.log`.
---
---Errors: `docker.not_found`, `docker.rollback`, `docker.update_paused`, `docker.unhealthy`, `argument.invalid`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `service.wait:NAME` of each. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /services`, `GET /tasks`.
---
---```lua
---engine:service_wait({ "web", "db" }, { timeout = "2m" })
---```
---@param names string|string[]  Names of the services.
---@param options? docker.ServiceWaitOptions  How long.
---@return docker.Service[] services  The services, in that order.
function Engine:service_wait(names, options) end

---Reads what the tasks of a service wrote, on whatever node.
---
---The lines of several tasks come in no order. Of much only the last 4 MiB are kept, and `truncated` says so; `on_line` gets all.
---
---Errors: `docker.not_found`, `argument.invalid`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `service.logs:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /services/{id}/logs`, `GET /tasks/{id}/logs`.
---
---```lua
---print(engine:service_logs("web", { tail = 20 }).output)
---```
---@param name string  Name or id of the service.
---@param options? docker.ServiceLogOptions  Which lines.
---@return docker.Log log  What was written.
function Engine:service_logs(name, options) end

---Gives a replicated service this many tasks; nothing is sent where it has them.
---
---Errors: `docker.not_found`, `argument.invalid`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `service.scale:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /services/{id}/update`.
---
---```lua
---engine:service_scale("web", 3)
---```
---@param name string  Name or id of the service.
---@param replicas integer  How many tasks.
---@return docker.Service service  The service.
function Engine:service_scale(name, replicas) end

---Gives a service its former description again.
---
---Wait for it with `service_wait(name, { rollback = true })`.
---
---Errors: `docker.not_found`, `docker.conflict`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `service.rollback:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /services/{id}/update`.
---
---```lua
---engine:service_rollback("web")
---```
---@param name string  Name or id of the service.
---@return docker.Service service  The service.
function Engine:service_rollback(name) end

---Makes all tasks of a service anew, as its update settings say: some at a time.
---
---It also spreads them over the nodes again.
---
---Errors: `docker.not_found`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `service.restart:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /services/{id}/update`.
---
---```lua
---engine:service_restart("web")
---```
---@param name string  Name or id of the service.
---@return docker.Service service  The service.
function Engine:service_restart(name) end

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

---@class docker.ConnectOptions
---@field certs? string       Directory with `ca.pem` and, where the engine wants to know who we are, `cert.pem` and `key.pem`. Needs `read`.
---@field ca? string          Certificate of the authority that signed the engine's. Default: that of `certs`, else the system's.
---@field cert? string        Our certificate. Default: that of `certs`, if any.
---@field key? string|secret  Path of our private key, which must not be encrypted, or the key itself as a secret. Default: that of `certs`, if any.
---@field insecure? boolean   Take any certificate for the engine's: whoever is on the way can then be it. Default: false.
---@field tls? boolean        False: nothing is encrypted, and whoever reaches that port is root there. Default: true.

---@class docker.Context
---@field name string         Name.
---@field current boolean     Whether the docker CLI would choose it now.
---@field host? string        Address of its engine.
---@field tls? boolean        Whether TLS is spoken to it.
---@field description? string What its maker said about it.
---@field error? string       Why it cannot be used, in place of `host` and `tls`.

---@class docker.Credentials
---@field registry string     Registry, as the docker CLI names it.
---@field username? string    Name at the registry. With `password`.
---@field password? secret    Password or access token.
---@field identity_token? secret Token in place of both.

local docker = {}

---Describes a Docker Engine; nothing is asked until it is used.
---
---`context://prod` is the engine of a context of the docker CLI, and `context://` the one that the CLI would choose: by
---`DOCKER_HOST`, `DOCKER_CONTEXT`, or the `currentContext` of its configuration. Otherwise the environment is not looked at:
---what a runbook touches stands in the runbook.
---Over TCP there is TLS, and the engine's certificate is verified, unless the runbook says otherwise.
---On another machine it is reached over SSH, by its socket there, or by `docker system dial-stdio` where sshd forwards no
---sockets; who logs in and how is up to `~/.ssh/config`, as for `machine.ssh`.
---What stands in the way is told by the first call: `docker.connect`, `docker.tls`, `docker.context`, `docker.config`,
---`docker.permission`, each with its remedy.
---
---Errors: `docker.unsupported`, `argument.invalid`.
---Permission: none; calls need it for the target as it is written here, and `read` for files of the options. Waits: no. Since: 0.1.
---Source: Docker Engine API; docker CLI 28.2.
---
---```lua
---local engine <close> = docker.connect("tcp://node1:2376", { certs = "certs" })
---```
---@param target? string  "unix:///path" of a socket, "tcp://host:2376", "ssh://user@host:port/path", "context://name". Default: "unix:///var/run/docker.sock".
---@param options? docker.ConnectOptions  Of `tcp://` only.
---@return docker.Engine engine  A handle.
function docker.connect(target, options) end

---Lists the contexts of the docker CLI, by name; "default" is one of them.
---
---Errors: `docker.config`, `permission.denied`.
---Permission: `read` of the CLI's configuration directory (`DOCKER_CONFIG`, else `~/.docker`). Waits: yes. Since: 0.1.
---Source: docker CLI 28.2 `docker context ls`.
---
---```lua
---for _, context in ipairs(docker.context_list()) do print(context.name, context.host) end
---```
---@return docker.Context[] contexts  Contexts.
function docker.context_list() end

---Finds what the user of the docker CLI has logged in to a registry with: in its `config.json` or by the credential helper
---named there. It is what options `auth` take.
---
---Errors: `docker.config`, `docker.credentials`, `permission.denied`.
---Permission: `read` of `config.json`, `run` of the helper (`docker-credential-pass`). Waits: yes. Since: 0.1.
---Source: docker CLI 28.2; docker-credential-helpers.
---
---```lua
---engine:image_push("registry.example.org/app:1", { auth = docker.credentials "registry.example.org" })
---```
---@param registry string  Registry: "registry.example.org:5000", or "docker.io".
---@return docker.Credentials? credentials  Credentials, or nil where there are none.
function docker.credentials(registry) end

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

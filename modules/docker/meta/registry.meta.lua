---@meta _

---@class docker.Engine
local Engine = {}

---@class docker.Auth
---@field username? string    Name at the registry. With `password`.
---@field password? secret    Password or access token; it must be a secret.
---@field identity_token? secret Token that a registry has given for a password, in place of both; it must be a secret.
---@field registry? string    Registry that this is for: "registry.example.org:5000". Default: that of the image. A build needs it.

---@class docker.DigestOptions
---@field auth? docker.Auth   Credentials for the registry. Default: none.
---@field timeout? number|string Seconds to wait. Default: 60.

---@class docker.RegistryImage
---@field digest string       Digest of the manifest, or of the list of manifests: "sha256:...".
---@field reference string    Name with this digest: "registry:5000/app@sha256:...".
---@field media_type string   Type of the manifest.
---@field platforms table[]   What it is for: {os = "linux", architecture = "amd64", variant = ...}.

---@class docker.PullOptions
---@field auth? docker.Auth   Credentials for the registry. Default: none.
---@field platform? string    Platform: "linux/arm64". Default: the engine's.
---@field timeout? number|string Seconds it may take. Default: 3600.
---@field on_progress? function Called with {status = ..., id = layer, done = bytes, total = bytes} as the engine tells.

---@class docker.PulledImage: docker.Image
---@field digest? string      Digest that the registry has for it.
---@field reference? string   Name with this digest.

---@class docker.PushOptions
---@field auth? docker.Auth   Credentials for the registry. Default: none.
---@field timeout? number|string Seconds it may take. Default: 3600.
---@field on_progress? function Called with {status = ..., id = layer, done = bytes, total = bytes} as the engine tells.

---@class docker.PushedImage
---@field name string         Name that was pushed, with tag.
---@field digest string       Digest under which the registry has it.
---@field reference string    Name with this digest.
---@field changed boolean     False where the registry had exactly this under that name.

---@class docker.Login
---@field registry string     The registry: "registry.example.org:5000", or "docker.io".
---@field username? string    Name at the registry. With `password`.
---@field password? secret    Password or access token.
---@field identity_token? secret Token that the registry has given before, in place of both.
---@field timeout? number|string Seconds to wait. Default: 60.

---@class docker.LoggedIn
---@field registry string     The registry.
---@field status string       What the engine says: "Login Succeeded".
---@field identity_token? secret Where the registry gives one: what to use from now on, as `auth = {identity_token = ...}`.

---Asks a registry, through the engine, what it has under a name; nothing is pulled.
---
---Errors: `docker.not_found`, `docker.auth`, `docker.registry` (retryable), `argument.invalid`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `image.digest:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /distribution/{name}/json`.
---
---```lua
---print(engine:image_digest("registry:5000/app:1").reference)
---```
---@param name string  Name with tag.
---@param options? docker.DigestOptions  How.
---@return docker.RegistryImage image  What the registry has.
function Engine:image_digest(name, options) end

---Pulls an image from its registry.
---
---The engine is asked each time whether there is something newer; what is there already is not fetched again. What a pull that is
---cancelled had fetched is dropped by the engine.
---
---Errors: `docker.not_found`, `docker.auth`, `docker.registry` (retryable), `argument.invalid`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `image.pull:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /images/create`.
---
---```lua
---engine:image_pull("registry:5000/app:1", { auth = { username = "deploy", password = rb.secret "REGISTRY_PASSWORD" } })
---```
---@param name string  Name with tag or digest.
---@param options? docker.PullOptions  How.
---@return docker.PulledImage image  The image.
function Engine:image_pull(name, options) end

---Pushes an image to the registry that its name leads to.
---
---Errors: `docker.not_found`, `docker.auth`, `docker.registry` (retryable), `argument.invalid`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `image.push:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /images/{name}/push`.
---
---```lua
---engine:image_tag("app:1", "registry:5000/app:1")
---local digest = engine:image_push("registry:5000/app:1").digest
---```
---@param name string  Name with tag.
---@param options? docker.PushOptions  How.
---@return docker.PushedImage pushed  What the registry has now.
function Engine:image_push(name, options) end

---Asks a registry, through the engine, whether it lets a user in. Nothing is stored.
---
---Errors: `docker.auth`, `docker.registry` (retryable), `argument.invalid`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `registry.login:REGISTRY`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /auth`.
---
---```lua
---engine:registry_login { registry = "registry:5000", username = "deploy", password = rb.secret "REGISTRY_PASSWORD" }
---```
---@param login docker.Login  Who wants in where.
---@return docker.LoggedIn result  What the registry says.
function Engine:registry_login(login) end

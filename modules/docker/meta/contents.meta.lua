---@meta _

---@class docker.Engine
local Engine = {}

---@class docker.SecretSpec
---@field name string         Name: letters, digits and "-", "_", "." between them.
---@field data? string|secret Content, 1 to 511999 bytes; it is neither shown nor kept, and the engine never gives it back.
---@field labels? table<string, string> Labels.
---@field driver? table       Who gives the content in place of `data`: { name =, options = }.
---@field template_driver? string Who fills in the content when it is used: "golang".

---@class docker.SecretContent
---@field name string         What the versions are called: "tls".
---@field data string|secret  Content, 1 to 511999 bytes.
---@field labels? table<string, string> Labels, beside those that tell versions.

---@class docker.Secret
---@field id string           Id.
---@field name string         Name.
---@field labels table<string, string> Labels.
---@field version integer     Number of the last change in the swarm.
---@field created string      Time of its creation, RFC 3339.
---@field updated string      Time of its last change, RFC 3339.
---@field changed? boolean    Whether the call changed anything.
---@field raw table           All that the engine says.

---@class docker.SecretVersion
---@field name string         Name of this content: "tls-" and the beginning of its hash.
---@field hash string         SHA-256 of the content.
---@field labels table<string, string> Labels that the version is to have.
---@field secret? docker.Secret   The version, where it is there.

---@class docker.SecretFilter
---@field labels? table<string, string> Labels that it must have.
---@field name? string        Name that it must have.

---@class docker.SecretPruning
---@field name string         What the versions are called: "tls".
---@field keep? string[]      Full names of versions to keep whether they are used or not.
---@field previous? integer   How many of those that nothing uses to keep, the newest first. Default: 1.

---Creates a secret.
---
---What names and contents there may be is checked before the engine is asked.
---
---Errors: `argument.invalid`, `docker.conflict`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `secret.create:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /secrets/create`.
---
---```lua
---engine:secret_create { name = "db-password", data = rb.secret "DB_PASSWORD" }
---```
---@param spec docker.SecretSpec  What it is to be.
---@return docker.Secret secret  The secret.
function Engine:secret_create(spec) end

---Reads a secret, all but its content.
---
---Errors: `docker.not_found`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `secret.get:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /secrets/{id}`.
---
---```lua
---print(engine:secret_get("site").created)
---```
---@param name string  Name or id of the secret.
---@return docker.Secret secret  The secret.
function Engine:secret_get(name) end

---Reads a secret, if there is one.
---
---Errors: `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `secret.find:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /secrets/{id}`.
---
---```lua
---local found = engine:secret_find("site")
---```
---@param name string  Name or id of the secret.
---@return docker.Secret? secret  The secret, or nil.
function Engine:secret_find(name) end

---Lists secrets.
---
---Errors: `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `secret.list`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /secrets`.
---
---```lua
---for _, one in ipairs(engine:secret_list()) do print(one.name) end
---```
---@param filter? docker.SecretFilter  Which ones. Default: all.
---@return docker.Secret[] secrets  The secrets.
function Engine:secret_list(filter) end

---Gives a secret these labels, and no others.
---
---Nothing is sent where it has them. Its content cannot be changed.
---
---Errors: `docker.not_found`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `secret.update_labels:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /secrets/{id}/update`.
---
---```lua
---engine:secret_update_labels("site", { app = "web" })
---```
---@param name string  Name or id of the secret.
---@param labels table<string, string>  All of its labels.
---@return docker.Secret secret  The secret.
function Engine:secret_update_labels(name, labels) end

---Says whether a secret has this content.
---
---An engine never gives the content back, but compares it where an update has one; the update that this asks for is one that
---it refuses in any case. Nothing is changed.
---
---Errors: `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `secret.verify:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /secrets/{id}/update`.
---
---```lua
---local same = engine:secret_verify({ name = "token", data = machine.here():read("token.txt", { secret = true }) }).equal
---```
---@param options { name: string, data: any }  Name or id of the secret, and a content.
---@return { exists: boolean, equal: boolean } result  Whether it is there, and has this content.
function Engine:secret_verify(options) end

---Removes a secret; one that is absent is no error.
---
---One that a service uses is not removed: `docker.conflict`, which names the services.
---
---Errors: `docker.conflict`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `secret.remove:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `DELETE /secrets/{id}`.
---
---```lua
---engine:secret_remove("site")
---```
---@param name string  Name or id of the secret.
---@return docker.Changed result  Whether anything changed.
function Engine:secret_remove(name) end

---Creates a secret for this content, unless there is one.
---
---Its name is made of the content, so another content is another secret, and what runs keeps the one that it has. The labels
---`runbook.version.of` and `runbook.version.hash` tell which it is. Who may read the labels of a short secret might guess it.
---
---Errors: `argument.invalid`, `docker.conflict`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `secret.version:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /secrets/create`.
---
---```lua
---local tls, changed = engine:secret_version { name = "tls", data = key }
---print(tls.name) -- tls-8c5a0f6d1e2b
---```
---@param content docker.SecretContent  The content.
---@return docker.Secret secret  The secret.
---@return boolean changed  False where it was there.
function Engine:secret_version(content) end

---Tells by which name a content goes, and whether it is there.
---
---Errors: `argument.invalid`, `docker.conflict`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `secret.version_find:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /secrets/{id}`.
---
---```lua
---if not engine:secret_version_find({ name = "tls", data = key }).secret then print("new") end
---```
---@param content docker.SecretContent  The content.
---@return docker.SecretVersion version  Its name and hash, and the secret.
function Engine:secret_version_find(content) end

---Removes the versions that no service uses, but for the newest of them.
---
---That one is what a rollback would need: remove it when the new one has proved itself, with `previous = 0`.
---
---Errors: `docker.conflict`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `secret.versions_prune:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `DELETE /secrets/{id}`.
---
---```lua
---engine:secret_versions_prune { name = "tls" }
---```
---@param options docker.SecretPruning  Which ones.
---@return table result  `removed` and `kept`: their names.
---@return boolean changed  Whether any was removed.
function Engine:secret_versions_prune(options) end

---@class docker.ConfigSpec
---@field name string         Name: letters, digits and "-", "_", "." between them.
---@field data? string|secret Content, 1 to 1023999 bytes.
---@field labels? table<string, string> Labels.
---@field driver? table       Who gives the content in place of `data`: { name =, options = }.
---@field template_driver? string Who fills in the content when it is used: "golang".

---@class docker.ConfigContent
---@field name string         What the versions are called: "tls".
---@field data string|secret  Content, 1 to 1023999 bytes.
---@field labels? table<string, string> Labels, beside those that tell versions.

---@class docker.Config
---@field id string           Id.
---@field name string         Name.
---@field data? string        Content.
---@field labels table<string, string> Labels.
---@field version integer     Number of the last change in the swarm.
---@field created string      Time of its creation, RFC 3339.
---@field updated string      Time of its last change, RFC 3339.
---@field changed? boolean    Whether the call changed anything.
---@field raw table           All that the engine says.

---@class docker.ConfigVersion
---@field name string         Name of this content: "tls-" and the beginning of its hash.
---@field hash string         SHA-256 of the content.
---@field labels table<string, string> Labels that the version is to have.
---@field config? docker.Config   The version, where it is there.

---@class docker.ConfigFilter
---@field labels? table<string, string> Labels that it must have.
---@field name? string        Name that it must have.

---@class docker.ConfigPruning
---@field name string         What the versions are called: "tls".
---@field keep? string[]      Full names of versions to keep whether they are used or not.
---@field previous? integer   How many of those that nothing uses to keep, the newest first. Default: 1.

---Creates a config.
---
---What names and contents there may be is checked before the engine is asked.
---
---Errors: `argument.invalid`, `docker.conflict`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `config.create:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /configs/create`.
---
---```lua
---engine:config_create { name = "site", data = "debug = off\n" }
---```
---@param spec docker.ConfigSpec  What it is to be.
---@return docker.Config config  The config.
function Engine:config_create(spec) end

---Reads a config.
---
---Errors: `docker.not_found`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `config.get:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /configs/{id}`.
---
---```lua
---print(engine:config_get("site").created)
---```
---@param name string  Name or id of the config.
---@return docker.Config config  The config.
function Engine:config_get(name) end

---Reads a config, if there is one.
---
---Errors: `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `config.find:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /configs/{id}`.
---
---```lua
---local found = engine:config_find("site")
---```
---@param name string  Name or id of the config.
---@return docker.Config? config  The config, or nil.
function Engine:config_find(name) end

---Lists configs.
---
---Errors: `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `config.list`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /configs`.
---
---```lua
---for _, one in ipairs(engine:config_list()) do print(one.name) end
---```
---@param filter? docker.ConfigFilter  Which ones. Default: all.
---@return docker.Config[] configs  The configs.
function Engine:config_list(filter) end

---Gives a config these labels, and no others.
---
---Nothing is sent where it has them. Its content cannot be changed.
---
---Errors: `docker.not_found`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `config.update_labels:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /configs/{id}/update`.
---
---```lua
---engine:config_update_labels("site", { app = "web" })
---```
---@param name string  Name or id of the config.
---@param labels table<string, string>  All of its labels.
---@return docker.Config config  The config.
function Engine:config_update_labels(name, labels) end

---Removes a config; one that is absent is no error.
---
---One that a service uses is not removed: `docker.conflict`, which names the services.
---
---Errors: `docker.conflict`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `config.remove:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `DELETE /configs/{id}`.
---
---```lua
---engine:config_remove("site")
---```
---@param name string  Name or id of the config.
---@return docker.Changed result  Whether anything changed.
function Engine:config_remove(name) end

---Creates a config for this content, unless there is one.
---
---Its name is made of the content, so another content is another config, and what runs keeps the one that it has. The labels
---`runbook.version.of` and `runbook.version.hash` tell which it is.
---
---Errors: `argument.invalid`, `docker.conflict`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `config.version:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /configs/create`.
---
---```lua
---local tls, changed = engine:config_version { name = "tls", data = text }
---print(tls.name) -- tls-8c5a0f6d1e2b
---```
---@param content docker.ConfigContent  The content.
---@return docker.Config config  The config.
---@return boolean changed  False where it was there.
function Engine:config_version(content) end

---Tells by which name a content goes, and whether it is there.
---
---Errors: `argument.invalid`, `docker.conflict`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `config.version_find:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /configs/{id}`.
---
---```lua
---if not engine:config_version_find({ name = "tls", data = text }).config then print("new") end
---```
---@param content docker.ConfigContent  The content.
---@return docker.ConfigVersion version  Its name and hash, and the config.
function Engine:config_version_find(content) end

---Removes the versions that no service uses, but for the newest of them.
---
---That one is what a rollback would need: remove it when the new one has proved itself, with `previous = 0`.
---
---Errors: `docker.conflict`, `docker.no_manager`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `config.versions_prune:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `DELETE /configs/{id}`.
---
---```lua
---engine:config_versions_prune { name = "tls" }
---```
---@param options docker.ConfigPruning  Which ones.
---@return table result  `removed` and `kept`: their names.
---@return boolean changed  Whether any was removed.
function Engine:config_versions_prune(options) end

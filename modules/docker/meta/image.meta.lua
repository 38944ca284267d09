---@meta _

---@class docker.Engine
local Engine = {}

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
---@field cache_from? string[] Images whose layers may be used, such as the last release, pulled before.
---@field auth? docker.Auth|docker.Auth[] Credentials for the registries of base images, each with its `registry`.
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

---@class docker.SaveOptions
---@field path string         File to write; a relative one is beside the runbook.
---@field timeout? number|string Seconds it may take. Default: 3600.

---@class docker.Saved
---@field path string         The file.
---@field images string[]     The images in it.
---@field size integer        Its size in bytes.
---@field changed boolean     True: it was written.

---@class docker.LoadOptions
---@field path string         File to read, as `image_save` or `docker save` has written it.
---@field timeout? number|string Seconds it may take. Default: 3600.

---@class docker.Loaded
---@field images string[]     Names of the images, or their ids where they have none.
---@field changed boolean     False where the engine had all of them under these names.

---@class docker.ImageLayer
---@field created integer     Unix seconds.
---@field created_by string   Instruction that made it.
---@field size integer        Size in bytes.
---@field id? string          Id, where it is an image of this engine.
---@field tags string[]       Names of that image.
---@field comment? string     Comment.

---@class docker.ImagePruneFilter
---@field labels? table<string, string> Labels that they must have.
---@field all? boolean        Also those with a name, if no container is made of them. Default: false.
---@field older_than? number|string Seconds since their creation.

---Writes images to a file, as one archive.
---
---It is streamed: memory stays flat whatever the size. The file appears when it is whole, and stays as it was where that fails or is
---cancelled.
---
---Errors: `docker.not_found`, `docker.file`, `argument.invalid`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `image.save:NAME` and `write` of the path. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /images/get`.
---
---```lua
---engine:image_save({ "app:1", "front:1" }, { path = "/srv/images.tar" })
---```
---@param images string[]  Names with tags, or ids.
---@param options docker.SaveOptions  Where to.
---@return docker.Saved saved  What was written.
function Engine:image_save(images, options) end

---Loads images from a file.
---
---Errors: `docker.file`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `image.load` and `read` of the path. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /images/load`.
---
---```lua
---for _, name in ipairs(engine:image_load({ path = "/srv/images.tar" }).images) do print(name) end
---```
---@param options docker.LoadOptions  Where from.
---@return docker.Loaded loaded  What was loaded.
function Engine:image_load(options) end

---Tells of which layers an image is made, the newest first.
---
---Errors: `docker.not_found`, `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `image.history:NAME`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `GET /images/{name}/history`.
---
---```lua
---for _, layer in ipairs(engine:image_history("app:1")) do print(layer.created_by) end
---```
---@param name string  Name with tag, or id of the image.
---@return docker.ImageLayer[] layers  Its layers.
function Engine:image_history(name) end

---Removes images that have no name and of which no container is made.
---
---Errors: `docker.conflict` (another prune is under way), `docker.connect`, `docker.permission`, `docker.timeout`, `docker.engine`.
---Permission: `docker`: `image.prune`. Waits: yes. Since: 0.1.
---Source: Docker Engine API v1.41 `POST /images/prune`.
---
---```lua
---print(engine:image_prune({ older_than = "240h" }).freed)
---```
---@param filter? docker.ImagePruneFilter  Which ones.
---@return docker.Pruned result  What is gone.
function Engine:image_prune(filter) end
